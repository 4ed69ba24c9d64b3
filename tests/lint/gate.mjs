// A rule of this project's own: what is deployed carries a value that only the gate makes, so no type is claimed for it.
const GUARDED = "PassedModel";
/** The judgement's field that holds one. */
const FIELD = "passed";
const MESSAGE =
  "A PassedModel is made by the gate alone (gate/report/passedModel.ts): no cast to it, anywhere.";

export default {
  meta: { name: "gate" },
  rules: {
    "no-forged-model": {
      create(context) {
        /** Names that stand for the type in this file. */
        const guarded = new Set([GUARDED]);
        const claims = [];

        /** Whether the type names it, also inside another: Promise<PassedModel>, gate.PassedModel, Judgement["passed"]. */
        const names = (node) => {
          if (node === null || typeof node !== "object") return false;
          if (node.type === "Identifier") return guarded.has(node.name);
          if (node.type === "TSIndexedAccessType" && node.indexType?.literal?.value === FIELD) return true;
          return Object.entries(node).some(
            ([key, child]) => key !== "parent" && (Array.isArray(child) ? child.some(names) : names(child)),
          );
        };
        const claim = (node) => claims.push(node);
        return {
          ImportSpecifier({ imported, local }) {
            if (imported.name === GUARDED) guarded.add(local.name);
          },
          TSTypeAliasDeclaration({ id, typeAnnotation }) {
            if (names(typeAnnotation)) guarded.add(id.name);
          },
          TSAsExpression: claim,
          TSTypeAssertion: claim,
          TSTypePredicate: claim,
          "Program:exit"() {
            for (const node of claims)
              if (names(node.typeAnnotation)) context.report({ node, message: MESSAGE });
          },
        };
      },
    },
  },
};
