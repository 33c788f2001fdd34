import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ApiError, get, post, put } from "../api";
import { moment } from "../format";
import { t, tCode } from "../i18n";
import { state, toast } from "../store";
import type { ConfigurationChange, ConfigurationChanges, Role, UserForm, UserRow, Users } from "../wire";

export function Administration() {
  return (
    <main id="main" class="page administration" tabIndex={-1}>
      <h1>{t("administration")}</h1>
      <HealthTable />
      <UserTable />
      <Configuration />
    </main>
  );
}

function HealthTable() {
  return (
    <section aria-labelledby="health-title">
      <h2 id="health-title">{t("health")}</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("partName")}</th>
            <th scope="col">{t("partState")}</th>
            <th scope="col">{t("partHint")}</th>
          </tr>
        </thead>
        <tbody>
          {Object.values(state.value.health).map((part) => (
            <tr key={part.id}>
              <th scope="row">{tCode("part", part.id)}</th>
              <td>
                <span class={`tag ${part.ok ? "good" : "bad"}`}>{t(part.ok ? "ok" : "notOk")}</span>{" "}
                <span class="quiet">{part.since && t("since", { time: moment(part.since) })}</span>
              </td>
              <td>{part.hint || part.code}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const EMPTY: UserForm = {
  login: "",
  name: "",
  organisation_id: 0,
  role: "agent",
  active: true,
  written_capacity: 3,
};

function UserTable() {
  const users = useSignal<UserRow[]>([]);
  const editing = useSignal<{ id: number | null; form: UserForm } | null>(null);
  const load = async () => {
    users.value = (await get<Users>("/api/console/users").catch(() => ({ users: [] }))).users;
  };
  useEffect(() => void load(), []);
  const edit = (user: UserRow) => {
    const { id, has_password: _, ...form } = user;
    editing.value = { id, form: form as UserForm };
  };
  const save = async (event: Event) => {
    event.preventDefault();
    const now = editing.value;
    if (!now) return;
    try {
      await (now.id === null
        ? post("/api/console/users", now.form)
        : put(`/api/console/users/${now.id}`, now.form));
      editing.value = null;
      toast(t("saved"));
      await load();
    } catch (problem) {
      toast(problem instanceof ApiError ? problem.message : t("failed"), "bad");
    }
  };
  return (
    <section aria-labelledby="users-title">
      <header class="with-button">
        <h2 id="users-title">{t("users")}</h2>
        <button
          type="button"
          class="small primary"
          onClick={() => {
            editing.value = {
              id: null,
              form: { ...EMPTY, organisation_id: Object.values(state.value.organisations)[0]?.id ?? 0 },
            };
          }}
        >
          {t("addUser")}
        </button>
      </header>
      {editing.value && (
        <UserEditor
          editing={editing as { value: { id: number | null; form: UserForm } }}
          save={save}
          cancel={() => {
            editing.value = null;
          }}
        />
      )}
      <div class="scroll" tabIndex={0} role="region" aria-label={t("users")}>
        <table>
          <thead>
            <tr>
              {(["login", "name", "role", "extension", "organisation", "active"] as const).map((word) => (
                <th scope="col" key={word}>
                  {t(word)}
                </th>
              ))}
              <th scope="col">
                <span class="hidden">{t("edit")}</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {users.value.map((user) => (
              <tr key={user.id}>
                <th scope="row">{user.login}</th>
                <td>{user.name}</td>
                <td>{t(`role_${user.role}`)}</td>
                <td class="number">{user.extension}</td>
                <td>{state.value.organisations[user.organisation_id]?.name}</td>
                <td>{t(user.active ? "yes" : "no")}</td>
                <td>
                  <button
                    type="button"
                    class="small"
                    onClick={() => edit(user)}
                    aria-label={`${t("edit")}: ${user.name}`}
                  >
                    {t("edit")}
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function UserEditor({
  editing,
  save,
  cancel,
}: {
  editing: { value: { id: number | null; form: UserForm } };
  save: (event: Event) => void;
  cancel: () => void;
}) {
  const { id, form } = editing.value;
  const set = (change: Partial<UserForm>) => {
    editing.value = { id, form: { ...form, ...change } };
  };
  const text = (name: "login" | "name" | "extension", word: Parameters<typeof t>[0]) => (
    <label>
      {t(word)}
      <input
        required={name !== "extension"}
        value={form[name] ?? ""}
        onInput={(e) => set({ [name]: e.currentTarget.value })}
      />
    </label>
  );
  const check = (name: "active" | "may_pick" | "sees_protected", word: Parameters<typeof t>[0]) => (
    <label class="check">
      <input
        type="checkbox"
        checked={form[name] ?? false}
        onChange={(e) => set({ [name]: e.currentTarget.checked })}
      />{" "}
      {t(word)}
    </label>
  );
  return (
    <form class="editor" onSubmit={save}>
      {text("login", "login")}
      {text("name", "name")}
      {text("extension", "extension")}
      <label>
        {t("role")}
        <select value={form.role ?? "agent"} onChange={(e) => set({ role: e.currentTarget.value as Role })}>
          {(["agent", "supervisor", "administrator"] as const).map((one) => (
            <option key={one} value={one}>
              {t(`role_${one}`)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("organisation")}
        <select
          value={form.organisation_id}
          onChange={(e) => set({ organisation_id: Number(e.currentTarget.value) })}
        >
          {Object.values(state.value.organisations).map((one) => (
            <option key={one.id} value={one.id}>
              {one.name}
            </option>
          ))}
        </select>
      </label>
      <label>
        {t("capacity")}
        <input
          type="number"
          min={0}
          max={50}
          value={form.written_capacity ?? 3}
          onInput={(e) => set({ written_capacity: Number(e.currentTarget.value) })}
        />
      </label>
      <label>
        {t("newPassword")}
        <input
          type="password"
          autocomplete="new-password"
          minLength={10}
          onInput={(e) => {
            const { password: _, ...rest } = form;
            const secret = e.currentTarget.value;
            editing.value = { id, form: secret ? { ...rest, password: secret } : rest };
          }}
        />
      </label>
      {check("active", "active")}
      {check("may_pick", "mayPick")}
      {check("sees_protected", "seesProtected")}
      <p class="buttons">
        <button type="button" onClick={cancel}>
          {t("cancel")}
        </button>
        <button type="submit" class="primary">
          {t("save")}
        </button>
      </p>
    </form>
  );
}

function Configuration() {
  const yaml = useSignal("");
  const changes = useSignal<ConfigurationChange[] | null>(null);
  const applied = useSignal(false);
  const error = useSignal("");
  useEffect(() => {
    get<string>("/api/console/configuration")
      .then((text) => {
        yaml.value = text;
      })
      .catch(() => undefined);
  }, []);
  const send = async (dryRun: boolean) => {
    error.value = "";
    try {
      const found = await post<ConfigurationChanges>("/api/console/configuration", {
        yaml: yaml.value,
        dry_run: dryRun,
      });
      changes.value = found.changes;
      applied.value = !dryRun;
    } catch (problem) {
      changes.value = null;
      error.value = problem instanceof ApiError ? problem.message : t("failed");
    }
  };
  return (
    <section aria-labelledby="configuration-title">
      <h2 id="configuration-title">{t("configuration")}</h2>
      <p class="quiet">{t("configurationHint")}</p>
      <textarea
        class="code"
        rows={18}
        spellcheck={false}
        aria-label={t("configuration")}
        value={yaml.value}
        onInput={(e) => {
          yaml.value = e.currentTarget.value;
          changes.value = null;
        }}
      />
      <p class="error" role="alert">
        {error.value}
      </p>
      <p class="buttons">
        <button type="button" onClick={() => void send(true)}>
          {t("dryRun")}
        </button>
        <button
          type="button"
          class="primary"
          disabled={changes.value === null || applied.value}
          onClick={() => void send(false)}
        >
          {t("applyChanges")}
        </button>
      </p>
      {changes.value && (
        <div role="status">
          <p>{t(applied.value ? "changesMade" : "changesWould", { n: changes.value.length })}</p>
          <ul class="changes">
            {changes.value.map((change) => (
              <li key={change.kind + change.name}>
                <strong>
                  {change.action} {change.kind} {change.name}
                </strong>
                {Object.entries(change.fields).map(([field, [was, then]]) => (
                  <div key={field} class="quiet">
                    {field}: {JSON.stringify(was)} → {JSON.stringify(then)}
                  </div>
                ))}
              </li>
            ))}
          </ul>
        </div>
      )}
    </section>
  );
}
