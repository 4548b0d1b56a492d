/** No longer than any request line that servers take. */
const MAX_URL_LENGTH = 4096;

/** What a URI is written in (RFC 3986 §2), and a few characters more, which are encoded; never white space or `\`. */
const WRITTEN_PLAINLY = /^https?:\/\/[\x21-\x5b\x5d-\x7e]+$/i;

/** RFC 3986 §2.3: what never needs to be encoded. */
const UNRESERVED = /[A-Za-z0-9._~-]/;

/**
 * An http or https URL as it is compared with the `htu` of a proof: normalised by its syntax and its scheme (RFC 3986
 * §6.2.2 and §6.2.3), without query and fragment (RFC 9449 §4.3). What is encoded and means something else for that,
 * such as `%2F`, stays encoded: no two resources become one.
 *
 * @returns Undefined for all else, and for a URL with a user name.
 */
export function normaliseUrl(text: string): string | undefined {
  if (text.length > MAX_URL_LENGTH || !WRITTEN_PLAINLY.test(text)) return undefined;
  // The parser writes scheme and host in small letters, leaves out the usual port, and takes `.` and `..` out.
  const url = URL.parse(text);
  if (url === null || url.username !== '' || url.password !== '') return undefined;
  return url.origin + normaliseEncoding(url.pathname);
}

/** RFC 3986 §6.2.2.1 and §6.2.2.2: hexadecimal in capitals, and nothing encoded that need not be. */
function normaliseEncoding(path: string): string {
  return path.replace(/%[0-9a-f]{2}/gi, (encoded) => {
    const character = String.fromCharCode(Number.parseInt(encoded.slice(1), 16));
    return UNRESERVED.test(character) ? character : encoded.toUpperCase();
  });
}
