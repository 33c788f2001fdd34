// The server over HTTP. A problem (RFC 9457) becomes an ApiError with its code.
import type { Problem } from "./wire";

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    text: string,
  ) {
    super(text);
  }
}

async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  const init: RequestInit = { method, credentials: "same-origin" };
  if (body !== undefined) {
    init.headers = { "Content-Type": "application/json" };
    init.body = JSON.stringify(body);
  }
  return answer<T>(await fetch(path, init));
}

async function answer<T>(response: Response): Promise<T> {
  if (response.ok) {
    const isJson = response.headers.get("Content-Type")?.includes("json");
    return (
      response.status === 204 ? undefined : isJson ? await response.json() : await response.text()
    ) as T;
  }
  const problem = (await response.json().catch(() => ({}))) as Partial<Problem>;
  throw new ApiError(response.status, problem.code ?? "failed", problem.detail ?? problem.title ?? "");
}

export const get = <T>(path: string): Promise<T> => ask<T>("GET", path);
export const post = <T>(path: string, body: unknown): Promise<T> => ask<T>("POST", path, body);
export const put = <T>(path: string, body: unknown): Promise<T> => ask<T>("PUT", path, body);
export const remove = <T>(path: string): Promise<T> => ask<T>("DELETE", path);

export async function upload<T>(path: string, file: File): Promise<T> {
  const headers = {
    "Content-Type": file.type || "application/octet-stream",
    "X-File-Name": encodeURIComponent(file.name),
  };
  return answer<T>(await fetch(path, { method: "POST", credentials: "same-origin", headers, body: file }));
}

/** A picture that the server draws, and how many pages there are. */
export async function drawn(path: string, body: unknown): Promise<{ image: Blob; pages: number }> {
  const response = await fetch(path, {
    method: "POST",
    credentials: "same-origin",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!response.ok) await answer(response);
  return { image: await response.blob(), pages: Number(response.headers.get("Pages") ?? 1) };
}
