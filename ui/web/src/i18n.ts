// The console's words. Swedish first; English has the same keys, which the compiler and a test make sure of.
import { signal } from "@preact/signals";
import { en } from "./words/en";
import { sv } from "./words/sv";

export type Words = typeof sv;
export type Word = keyof Words;
export type Language = "sv" | "en";

export const LANGUAGES: Record<Language, Record<Word, string>> = { sv, en };
export const language = signal<Language>("sv");

/** The words for `word`, with `{name}` filled in. */
export function t(word: Word, values: Record<string, string | number> = {}): string {
  return LANGUAGES[language.value][word].replace(/\{(\w+)\}/g, (whole, name: string) =>
    name in values ? String(values[name]) : whole,
  );
}

export function isWord(word: string): word is Word {
  return word in LANGUAGES.sv;
}

/** A word made of a code that the server sent; the code itself when there is none. */
export function tCode(prefix: string, code: string): string {
  const word = `${prefix}_${code}`;
  return isWord(word) ? t(word) : code.replaceAll("_", " ");
}
