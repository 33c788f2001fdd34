import { useSignal } from "@preact/signals";
import { ApiError, post } from "../api";
import { type Language, language, t, tCode } from "../i18n";
import { rememberLanguage } from "../preferences";
import { begin, hasExpired, welcome } from "../store";

const LANGUAGE_NAMES: [Language, string][] = [
  ["sv", "Svenska"],
  ["en", "English"],
];

export function SignIn() {
  const login = useSignal("");
  const password = useSignal("");
  const error = useSignal("");
  const busy = useSignal(false);

  async function enter(name: string, secret: string): Promise<void> {
    busy.value = true;
    error.value = "";
    try {
      await post("/api/console/session", { login: name, password: secret });
      await begin();
    } catch (problem) {
      const status = problem instanceof ApiError ? problem.status : 0;
      error.value = status === 401 ? t("signInFailed") : status === 429 ? t("tooMany") : t("noServer");
    }
    busy.value = false;
  }

  const submit = (event: Event) => {
    event.preventDefault();
    void enter(login.value, password.value);
  };
  const accounts = welcome.value?.accounts ?? [];
  return (
    <main class="sign-in">
      <form onSubmit={submit} aria-labelledby="sign-in-title">
        <img src="/static/favicon.svg" alt="" width="44" height="44" />
        <h1 id="sign-in-title">{t("app")}</h1>
        {hasExpired.value && <p role="status">{t("expired")}</p>}
        <label>
          {t("login")}
          <input
            data-testid="login"
            name="login"
            autocomplete="username"
            required
            value={login.value}
            onInput={(e) => {
              login.value = e.currentTarget.value;
            }}
          />
        </label>
        <label>
          {t("password")}
          <input
            data-testid="password"
            name="password"
            type="password"
            autocomplete="current-password"
            required
            value={password.value}
            onInput={(e) => {
              password.value = e.currentTarget.value;
            }}
          />
        </label>
        <p class="error" role="alert">
          {error.value}
        </p>
        <button type="submit" class="primary" data-testid="sign-in" disabled={busy.value}>
          {t("signIn")}
        </button>
      </form>
      <p class="languages" role="group" aria-label={t("language")}>
        {LANGUAGE_NAMES.map(([code, name]) => (
          <button
            type="button"
            class="plain"
            key={code}
            lang={code}
            aria-pressed={language.value === code}
            onClick={() => rememberLanguage(code)}
          >
            {name}
          </button>
        ))}
      </p>
      {accounts.length > 0 && (
        <section class="demo" aria-labelledby="demo-title">
          <h2 id="demo-title">{t("demoAccounts")}</h2>
          <ul>
            {accounts.map((one) => (
              <li key={one.login}>
                <button
                  type="button"
                  onClick={() => void enter(one.login, one.password)}
                  data-testid={`demo-${one.login}`}
                >
                  <strong>{one.name}</strong> <span>{tCode("role", one.role)}</span>
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
    </main>
  );
}
