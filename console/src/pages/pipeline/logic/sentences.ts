/** The platform's causes begin like the second half of a sentence. What may be a name stays as it is. */
export function sentence(text: string): string {
  return /^[a-z]+[ ,']/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}
