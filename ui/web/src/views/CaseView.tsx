import { t } from "../i18n";
import { closeTab, current, details, openCase, openTabs, selected, senderOf, state } from "../store";
import { next } from "../verbs";
import type { CaseDetail, CaseRow } from "../wire";
import { CaseHead } from "./CaseHead";
import { Composer } from "./Composer";
import { ChannelIcon, Icon } from "./Icon";
import { Suggestion } from "./Suggestion";
import { Timeline } from "./Timeline";

export function CaseView() {
  const row = current.value;
  const detail = row ? details.value[row.id] : undefined;
  return (
    <>
      <Tabs />
      {row ? (
        <article class="case" data-testid="case" aria-labelledby="case-title">
          <CaseHead row={row} detail={detail} />
          {detail ? <Body row={row} detail={detail} /> : <p class="loading">{t("loading")}</p>}
        </article>
      ) : (
        <NoCase />
      )}
    </>
  );
}

/** What one sees between two cases: the keys that matter. */
function NoCase() {
  return (
    <div class="empty big">
      <Icon name="check" size={40} />
      <h1>{t("noCase")}</h1>
      <p class="quiet">{t("noCaseHint")}</p>
      <p>
        <button type="button" class="primary" onClick={() => void next()}>
          {t("takeNext")} <kbd>N</kbd>
        </button>
      </p>
      <dl class="first-keys">
        {(["?", "/", "Alt N"] as const).map((key) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{t(({ "?": "key_help", "/": "key_search", "Alt N": "key_register" } as const)[key])}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function Tabs() {
  if (openTabs.value.length === 0) return null;
  return (
    <nav class="tabs" aria-label={t("openCases")}>
      {openTabs.value.map((id, place) => (
        <Tab key={id} id={id} place={place + 1} />
      ))}
    </nav>
  );
}

function Tab({ id, place }: { id: number; place: number }) {
  const row = state.value.cases[id] ?? details.value[id]?.case;
  const isHere = selected.value === id;
  return (
    <span class={`tab ${isHere ? "here" : ""}`}>
      <button
        type="button"
        aria-current={isHere ? "true" : undefined}
        onClick={() => openCase(id)}
        title={`${row?.number ?? ""} (Alt + ${place})`}
      >
        {row && <ChannelIcon channel={row.channel} />}
        <span class="name number">{row ? senderOf(row) : "…"}</span>
        {row?.unread && !isHere && (
          <span class="dot new">
            <span class="hidden">{t("unread")}</span>
          </span>
        )}
        {place <= 9 && (
          <span aria-hidden="true" class="place">
            {place}
          </span>
        )}
      </button>
      <button
        type="button"
        class="plain close"
        aria-label={`${t("leave")}: ${row?.number ?? ""}`}
        onClick={() => closeTab(id)}
      >
        <Icon name="close" size={13} />
      </button>
    </span>
  );
}

function Body({ row, detail }: { row: CaseRow; detail: CaseDetail }) {
  if (detail.masked)
    return (
      <p class="masked">
        <Icon name="lock" /> {t("masked")}
      </p>
    );
  return (
    <div class="case-body">
      <Suggestion row={row} detail={detail} />
      <Timeline detail={detail} key={`t${row.id}`} />
      <Composer row={row} detail={detail} key={row.id} />
    </div>
  );
}
