/**
 * Fans the stream out to clients: events gap-free from one shared ring, everything else latest-wins, each client within its budget.
 *
 * @module
 */
import type { FilterFrameRequest } from "../protocol/filter-messages.js";
import { CLOSE_CODES, PROTOCOL_LIMITS } from "../protocol/limits.js";
import type {
  ControlAction,
  Encoding,
  EventMessage,
  HealthMessage,
  HelloMessage,
  ParticlesMessage,
  PreviewKind,
  PreviewMessage,
  RunRequest,
  ServerMessage,
  SettingsMessage,
} from "../protocol/messages.js";
import { CHANNELS, PREVIEW_KINDS, PROTOCOL_VERSION } from "../protocol/messages.js";
import { ProtocolError } from "../protocol/protocol-error.js";
import type { RunMessage } from "../protocol/run-messages.js";
import type { SettingsPatch } from "../protocol/settings.js";
import type { ReadPast } from "./catch-up.js";
import type { ClientCounts, LatestOp, SessionContext, SessionLimits } from "./client-session.js";
import { ClientSession } from "./client-session.js";
import { EventRing } from "./event-ring.js";
import { Parcel } from "./parcel.js";
import { PreviewPacer } from "./preview-pacer.js";
import type { ClientSocket } from "./socket.js";

/** What the daemon adds to `hello`; the rest the hub knows itself. */
export type HelloState = Omit<HelloMessage, "op" | "protocolVersion" | "channels" | "lastSeq">;

export interface HubLimits extends SessionLimits {
  readonly heldEvents: number;
  readonly clients: number;
}

export interface HubOptions {
  /** The state at this moment, for a client that has just connected. */
  readonly hello: () => HelloState;
  /** Carries out a client's change of settings, whole; raises an OstwaldError to refuse it. */
  readonly configure: (patch: SettingsPatch) => Promise<void>;
  /** Carries out a request about runs; gives what is sent before `done`, if anything. Raises an OstwaldError to refuse it. */
  readonly runs?: (request: RunRequest) => Promise<ServerMessage | null>;
  /** Filters the last frame once more; gives what is sent before `done`. Raises an OstwaldError to refuse it. */
  readonly filterFrame?: (request: FilterFrameRequest) => Promise<ServerMessage>;
  /** Carries out what a client asks of the daemon itself; raises an OstwaldError to refuse it. */
  readonly control?: (action: ControlAction) => Promise<void>;
  /** Takes what was thrown on a client's request and is no OstwaldError: a defect, for the log. */
  readonly onDefect: (error: unknown) => void;
  /** Told of each client that comes or goes. */
  readonly onClient?: (what: "joined" | "left", facts: Readonly<Record<string, unknown>>) => void;
  /** Monotonic clock, ms. */
  readonly monotonicMs: () => number;
  /** The stream as the daemon before left it: its last `seq`, and the newest events up to it, oldest first. */
  readonly resumed?: { readonly lastSeq: number; readonly events: readonly EventMessage[] };
  /** Reads recorded events that are no longer held here; without it, who is further behind is told the gap. */
  readonly past?: ReadPast;
  /** Other limits than those of the protocol. */
  readonly limits?: Partial<HubLimits>;
}

/** How much the clients have, and what they cost. */
export interface HubLoad extends ClientCounts {
  readonly clients: number;
  readonly clientLimit: number;
  /** Clients that have connected, and those that the daemon has cut off. */
  readonly joined: number;
  readonly bufferedBytesMax: number;
  readonly bufferedBytesLimit: number;
  /** Events that the slowest client is behind. */
  readonly behindMax: number;
}

/** A picture is made this often when nobody is looking, ms, so that whoever comes sees one at once. */
const HELD_PREVIEW_INTERVAL_MS = 1000;

export class Hub {
  readonly #options: HubOptions;
  readonly #limits: HubLimits;
  readonly #ring: EventRing;
  readonly #context: SessionContext;
  readonly #sessions = new Set<ClientSession>();
  readonly #heldPreviews = new Map<PreviewKind, Parcel>();
  readonly #heldPreviewPacer = new PreviewPacer();
  readonly #counts: ClientCounts = { sentMessages: 0, sentBytes: 0, skippedEvents: 0, superseded: 0, cut: 0 };
  #joined = 0;
  #closed = false;

  constructor(options: HubOptions) {
    this.#options = options;
    this.#limits = { ...PROTOCOL_LIMITS, ...options.limits };
    this.#ring = resumedRing(this.#limits.heldEvents, options.resumed);
    this.#context = {
      ring: this.#ring,
      past: options.past ?? null,
      limits: this.#limits,
      monotonicMs: options.monotonicMs,
      configure: options.configure,
      runs: options.runs ?? refuseRuns,
      filterFrame: options.filterFrame ?? refuseFilterFrame,
      control: options.control ?? refuseControl,
      heldPreview: (kind) => this.#heldPreviews.get(kind),
      onDefect: options.onDefect,
      counts: this.#counts,
    };
  }

  /** Clients connected now. */
  get clientCount(): number {
    return this.#sessions.size;
  }

  get load(): HubLoad {
    const sessions = [...this.#sessions];
    const most = (part: (session: ClientSession) => number) => Math.max(0, ...sessions.map(part));
    return {
      ...this.#counts,
      clients: sessions.length,
      clientLimit: this.#limits.clients,
      joined: this.#joined,
      bufferedBytesMax: most(({ bufferedBytes }) => bufferedBytes),
      bufferedBytesLimit: this.#limits.bufferedBytesPerClient,
      behindMax: most(({ behind }) => behind),
    };
  }

  /** Last `seq` published, 0 before the first. */
  get lastSeq(): number {
    return this.#ring.lastSeq;
  }

  /** Takes over a new connection: sends `hello`, or closes it when there are too many. */
  attach(socket: ClientSocket, encoding: Encoding): void {
    if (this.#closed) {
      socket.close(CLOSE_CODES.goingAway, "the daemon is stopping");
    } else if (this.#sessions.size >= this.#limits.clients) {
      this.#counts.cut += 1;
      socket.close(CLOSE_CODES.tryAgainLater, `${this.#limits.clients} clients are connected; try again later`);
    } else {
      const session = new ClientSession(this.#context, socket, encoding);
      this.#sessions.add(session);
      this.#joined += 1;
      const client = this.#joined;
      this.#options.onClient?.("joined", { client, encoding });
      socket.onClose(() => {
        this.#sessions.delete(session);
        this.#options.onClient?.("left", { client, isCut: session.isCut, behind: session.behind });
      });
      session.reply(this.#hello());
    }
  }

  /**
   * Publishes how a frame ended, with its particles and the pictures that were asked for.
   *
   * Raises RangeError when `event.seq` is not the one after the last.
   */
  publish(
    event: EventMessage,
    extras: { readonly particles?: ParticlesMessage; readonly previews?: readonly PreviewMessage[] } = {},
  ): void {
    this.#ring.push(event);
    for (const session of this.#sessions) session.pump();
    if (extras.particles !== undefined) this.#offer(extras.particles);
    for (const preview of extras.previews ?? []) this.#publishPreview(preview);
  }

  publishHealth(health: HealthMessage): void {
    this.#offer(health);
  }

  /** Announces the settings in force from `settings.fromSeq` on, to every client that has subscribed to anything. */
  publishSettings(settings: SettingsMessage): void {
    this.#offer(settings);
  }

  /** Announces the run that frames of now belong to, as {@link publishSettings} does settings. */
  publishRun(run: RunMessage): void {
    this.#offer(run);
  }

  /**
   * The pictures to make with the next frame. Each answer counts as asked: the same client is not waiting again before its own
   * interval has passed, so call it once for each frame that is sent off.
   */
  wantedPreviews(): readonly PreviewKind[] {
    const nowMs = this.#options.monotonicMs();
    const wanted = new Set<PreviewKind>(
      this.#heldPreviewPacer.ask(nowMs, HELD_PREVIEW_INTERVAL_MS) ? PREVIEW_KINDS : [],
    );
    for (const session of this.#sessions) {
      const kind = session.askPreview(nowMs);
      if (kind !== undefined) wanted.add(kind);
    }
    return [...wanted];
  }

  /** Closes every connection with 1001 and takes no more. */
  close(): void {
    this.#closed = true;
    for (const session of this.#sessions) session.close(CLOSE_CODES.goingAway, "the daemon is stopping");
  }

  #hello(): HelloMessage {
    return {
      op: "hello",
      protocolVersion: PROTOCOL_VERSION,
      channels: [...CHANNELS],
      lastSeq: this.#ring.lastSeq,
      ...this.#options.hello(),
    };
  }

  #offer(message: Extract<ServerMessage, { op: LatestOp }>): void {
    const parcel = new Parcel(message);
    for (const session of this.#sessions) session.offer(message.op, parcel);
  }

  #publishPreview(preview: PreviewMessage): void {
    const parcel = new Parcel(preview);
    this.#heldPreviews.set(preview.kind, parcel);
    for (const session of this.#sessions) session.offerPreview(preview.kind, parcel);
  }
}

function refuseControl(action: ControlAction): Promise<never> {
  const report = { received: `action = "${action}"`, expected: "a daemon that can", remedy: "Send it to one." };
  return Promise.reject(new ProtocolError("invalid", report));
}

function refuseFilterFrame({ op, requestId }: FilterFrameRequest): Promise<never> {
  const report = { received: `op = "${op}"`, expected: "a daemon that keeps frames", remedy: "Send it to one." };
  return Promise.reject(new ProtocolError("invalid", report, requestId));
}

function refuseRuns(request: RunRequest): Promise<never> {
  const report = { received: `op = "${request.op}"`, expected: "a daemon that keeps runs", remedy: "Send it to one." };
  return Promise.reject(new ProtocolError("invalid", report, request.requestId));
}

function resumedRing(capacity: number, resumed: HubOptions["resumed"]): EventRing {
  if (resumed === undefined) return new EventRing(capacity);
  const ring = new EventRing(capacity, resumed.lastSeq - resumed.events.length);
  for (const event of resumed.events) ring.push(event);
  return ring;
}
