export function subjectUrl(path: string): URL {
  return new URL(`../revocation-subjects/${path}`, import.meta.url);
}
