/** One comment on a pull request, written anew in place. Edge. */
import type { GitHub } from "./github.ts";

interface Comment {
  readonly id: number;
  readonly body?: string;
  readonly user?: { readonly type?: string } | null;
}

/** @param marker How the comment begins: one of ours that begins so is replaced. */
export async function postComment(
  github: GitHub,
  { pullRequest, marker, body }: { pullRequest: number; marker: string; body: string },
): Promise<"made" | "replaced"> {
  for await (const comment of github.list<Comment>(`/issues/${pullRequest}/comments`)) {
    // A person who quotes the marker keeps what they wrote.
    if (comment.user?.type !== "Bot" || !comment.body?.startsWith(marker)) continue;
    await github.request("PATCH", `/issues/comments/${comment.id}`, { body });
    return "replaced";
  }
  await github.request("POST", `/issues/${pullRequest}/comments`, { body });
  return "made";
}
