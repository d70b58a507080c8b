/**
 * The page: what stands where.
 *
 * @module
 */
import { Charts } from "./charts/charts.js";
import { SettingsPanel } from "./controls/settings-panel.js";
import type { Dashboard } from "./dashboard.js";
import { ConservationLine } from "./panels/conservation-line.js";
import { FramePanel } from "./panels/frame-panel.js";
import { Header } from "./panels/header.js";
import { Headline } from "./panels/headline.js";
import { HealthPanel } from "./panels/health-panel.js";
import { ParticlePanel } from "./panels/particle-panel.js";

export function App({ dashboard }: { readonly dashboard: Dashboard }) {
  return (
    <div class="page">
      <Header dashboard={dashboard} />
      <Headline dashboard={dashboard} />
      <main class="workspace">
        <FramePanel dashboard={dashboard} />
        <Charts dashboard={dashboard} />
        <ParticlePanel dashboard={dashboard} />
        <aside class="side" aria-label="Settings and health">
          <SettingsPanel dashboard={dashboard} />
          <HealthPanel dashboard={dashboard} />
        </aside>
      </main>
      <ConservationLine dashboard={dashboard} />
    </div>
  );
}
