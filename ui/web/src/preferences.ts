// What whoever sits here has chosen, kept by the browser: nothing about anybody else.
import { effect, signal } from "@preact/signals";
import { type Language, language } from "./i18n";

export type Theme = "auto" | "light" | "dark";
export const theme = signal<Theme>((localStorage.getItem("theme") as Theme | null) ?? "auto");
effect(() => {
  document.documentElement.dataset.theme = theme.value;
  localStorage.setItem("theme", theme.value);
});
effect(() => {
  document.documentElement.lang = language.value;
});
/** Single letters as keys; who dictates or uses a screen reader may turn them off (WCAG 2.1.4). */
export const singles = signal(localStorage.getItem("singles") !== "no");
export const sound = signal(localStorage.getItem("sound") === "yes");
effect(() => {
  localStorage.setItem("singles", singles.value ? "yes" : "no");
  localStorage.setItem("sound", sound.value ? "yes" : "no");
});
/** The language of the sign-in page is the last one used here, Swedish at first; then it is the user's own. */
export function rememberLanguage(chosen: Language): void {
  language.value = chosen;
  localStorage.setItem("language", chosen);
}
if (localStorage.getItem("language") === "en") language.value = "en";
