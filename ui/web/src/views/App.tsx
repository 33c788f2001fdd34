import { useEffect } from "preact/hooks";
import { t } from "../i18n";
import { actionFor } from "../keys";
import { singles } from "../preferences";
import {
  alarm,
  announcement,
  current,
  dialog,
  dismissToast,
  isAdministrator,
  isSupervisor,
  offers,
  route,
  selected,
  signedIn,
  state,
  titleOf,
  toasts,
} from "../store";
import { allowed, perform } from "../verbs";
import { Administration } from "./Administration";
import { Banner } from "./Banner";
import { FloatingCall } from "./CallBar";
import { CaseView } from "./CaseView";
import { CitizenPage } from "./CitizenPage";
import { CitizenPanel } from "./CitizenPanel";
import { Colleagues } from "./Colleagues";
import { Dialogs } from "./Dialogs";
import { Directory } from "./Directory";
import { History } from "./History";
import { Icon } from "./Icon";
import { Menus } from "./Menus";
import { Messages } from "./Messages";
import { Offers } from "./Offers";
import { Queue } from "./Queue";
import { Replay } from "./Replay";
import { Search } from "./Search";
import { SignIn } from "./SignIn";
import { TopBar } from "./TopBar";
import { Wallboard } from "./Wallboard";

function isWriting(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  return !!element?.closest?.(
    "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]",
  );
}

// These take Enter for themselves when they have the focus.
const TAKES_ENTER = "button, a, summary, [role=option], [role=menuitem]";

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || signedIn.value !== true) return;
  if (dialog.value !== null || route.value.view === "wallboard") return;
  const target = event.target as HTMLElement | null;
  if (event.key === "Enter" && target?.closest?.(TAKES_ENTER)) return;
  const found = actionFor(event, allowed, isWriting(target), singles.value);
  if (!found) return;
  event.preventDefault();
  perform(found.action, found.digit);
}

/** What stands in the browser's tab: an offer before all else, so that it is seen from another tab too. */
function title(): string {
  const offer = offers.value[0];
  const offered = offer && state.value.cases[offer.case_id];
  if (offered) return `● ${titleOf(offered)}`;
  return current.value && route.value.view === "work" ? `${current.value.number} – ${t("app")}` : t("app");
}

export function App() {
  useEffect(() => {
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
  const shown = signedIn.value ? title() : t("app");
  useEffect(() => {
    document.title = shown;
  }, [shown]);
  if (signedIn.value === null) return <p class="loading">{t("loading")}</p>;
  if (!signedIn.value) return <SignIn />;
  if (route.value.view === "wallboard") return <Wallboard />;
  return (
    <div class="shell">
      <button type="button" class="skip" onClick={() => document.getElementById("main")?.focus()}>
        {t(route.value.view === "work" ? "skip" : "skipPage")}
      </button>
      <TopBar />
      <Banner />
      <FloatingCall />
      <Page />
      <Dialogs />
      <Announcements />
    </div>
  );
}

function Page() {
  const view = route.value.view;
  if (view === "directory") return <OtherPage page={<Directory />} />;
  if (view === "search") return <OtherPage page={<Search />} />;
  if (view === "citizen")
    return <OtherPage page={<CitizenPage id={route.value.id} key={route.value.id} />} />;
  if (view === "history" && isSupervisor.value) return <OtherPage page={<History />} />;
  if (view === "replay" && isSupervisor.value) return <OtherPage page={<Replay />} />;
  if (view === "messages" && isSupervisor.value) return <OtherPage page={<Messages />} />;
  if (view === "menus" && isAdministrator.value) return <OtherPage page={<Menus />} />;
  if (view === "administration" && isAdministrator.value) return <OtherPage page={<Administration />} />;
  return <Work />;
}

/** Any other page than the work: an offer is seen there too. */
function OtherPage({ page }: { page: preact.ComponentChildren }) {
  return (
    <div class="other">
      {page}
      <div class="floating">
        <Offers />
      </div>
    </div>
  );
}

function Work() {
  const isOpen = selected.value !== null;
  return (
    <div class={`work ${isOpen ? "has-case" : "no-case"}`}>
      <section class="left" aria-label={t("toDo")}>
        <Offers />
        <Queue />
      </section>
      <main id="main" class="middle" tabIndex={-1}>
        <CaseView />
      </main>
      <aside class="right" aria-label={t(isOpen ? "citizen" : "colleagues")} id="citizen-panel" tabIndex={-1}>
        {isOpen ? <CitizenPanel /> : <Colleagues />}
      </aside>
    </div>
  );
}

function Announcements() {
  return (
    <>
      <div class="hidden" role="status" aria-live="polite">
        {announcement.value}
      </div>
      <div class="hidden" role="alert" aria-live="assertive">
        {alarm.value}
      </div>
      <section class="toasts" role="log" aria-live="polite" aria-label={t("messages")}>
        {toasts.value.map((one) => (
          <div key={one.id} class={`toast ${one.kind}`} role={one.kind === "bad" ? "alert" : undefined}>
            <Icon name={one.kind === "good" ? "check" : "warn"} />
            <span>{one.text}</span>
            {one.action && (
              <button
                type="button"
                data-testid="toast-action"
                onClick={() => {
                  dismissToast(one.id);
                  one.action?.run();
                }}
              >
                {one.action.word}
              </button>
            )}
            <button
              type="button"
              class="plain"
              aria-label={t("dismiss")}
              onClick={() => dismissToast(one.id)}
            >
              <Icon name="close" size={14} />
            </button>
          </div>
        ))}
      </section>
    </>
  );
}
