/**
 * Where every frame is: the conservation law as one line.
 *
 * @module
 */
import type { FrameAccount } from "../../../src/stream/base/accounting.js";
import { isConserved, total } from "../../../src/stream/base/accounting.js";
import type { Dashboard } from "../dashboard.js";
import { countText, NO_VALUE } from "../format/quantity.js";
import { useCell } from "../state/cell.js";
import { totalAccount } from "../state/store.js";

const TERMS = [
  { name: "seen", label: "seen", sign: "" },
  { name: "committed", label: "done", sign: "=" },
  { name: "rejected", label: "rejected", sign: "+" },
  { name: "dropped", label: "dropped", sign: "+" },
  { name: "inFlight", label: "in flight", sign: "+" },
] as const;

export function ConservationLine({ dashboard }: { readonly dashboard: Dashboard }) {
  const health = useCell(dashboard.store.health, 250);
  const connection = useCell(dashboard.connection.state);
  const account = health === null ? null : totalAccount(health);
  return (
    <footer class="conservation">
      <span class="conservation-title">Frames</span>
      {TERMS.map(({ name, label, sign }) => (
        <span key={name} class="term" data-account={name} data-zero={isZero(account, name)}>
          <i>{sign}</i>
          <b>{account === null ? NO_VALUE : countText(frameCount(account, name))}</b> {label}
        </span>
      ))}
      <span class={`balance ${account !== null && !isConserved(account) ? "bad" : ""}`}>{balanceText(account)}</span>
      <span class="version">{connection.kind === "live" ? `ostwald ${connection.daemonVersion}` : ""}</span>
    </footer>
  );
}

function frameCount(account: FrameAccount, name: (typeof TERMS)[number]["name"]): number {
  const value = account[name];
  return typeof value === "number" ? value : total(value);
}

function isZero(account: FrameAccount | null, name: (typeof TERMS)[number]["name"]): boolean {
  return account === null || frameCount(account, name) === 0;
}

function balanceText(account: FrameAccount | null): string {
  if (account === null) return "";
  return isConserved(account) ? "every frame accounted for" : "the account does not balance";
}
