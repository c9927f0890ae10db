/** The platform's causes begin like the second half of a sentence. What may be a name stays as it is. */
export function sentence(text: string): string {
  return /^[a-z]+[ ,']/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}

const COMMANDS = '. Run: ';

/** A cause, and the commands that it ends with: one on each line. */
export function withCommands(cause: string): { text: string; commands: string[] } {
  const [text = '', commands, ...more] = cause.split(COMMANDS);
  // Several problems, each with its own command, are not taken apart.
  if (commands === undefined || more.length > 0) return { text: cause, commands: [] };
  return { text: `${text}.`, commands: commands.split('\n') };
}
