const most = 5;

/** One line for people, however many there are. */
export function describeSuspects(names: readonly string[]): string {
  const more = names.length > most ? ` and ${names.length - most} more` : '';
  return `${names.slice(0, most).join(', ')}${more}: new since the deploy, outside its scope, not touched`;
}
