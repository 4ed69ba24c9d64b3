/** Imports of TypeScript files, and whether any of them is left at run time. */
import { readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";

export interface Import {
  /** The name as it is written, or for a file of the checkout its path relative to the root. */
  readonly of: string;
  /** Nothing of it is left at run time. */
  readonly typeOnly: boolean;
}

/** @param file Relative to the root of the checkout, like all paths that are returned. */
export function importsOf(file: string): Import[] {
  const source = ts.createSourceFile(file, readFileSync(file, "utf8"), ts.ScriptTarget.Latest);
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined, typeOnly: boolean) => {
    if (specifier === undefined || !ts.isStringLiteral(specifier)) return;
    const { text } = specifier;
    found.push({ of: text.startsWith(".") ? path.join(path.dirname(file), text) : text, typeOnly });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, isTypeOnly(node.importClause));
    if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly);
    if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal, true);
    if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], false);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** With verbatimModuleSyntax, an import of `{ type A }` alone still loads the module. */
function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  return clause?.phaseModifier === ts.SyntaxKind.TypeKeyword;
}
