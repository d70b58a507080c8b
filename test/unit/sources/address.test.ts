import { describe, expect, it } from "vitest";
import { DEFAULT_CONFIG } from "../../../src/daemon/config/schema.js";
import { hostAndPort, parseAddress } from "../../../src/daemon/sources/address.js";
import { openSource } from "../../../src/daemon/sources/open-source.js";

describe("the address of a source", () => {
  it("is a folder where it is a path, and else of the scheme before ://", () => {
    expect(parseAddress("/data/run-7")).toEqual({ text: "/data/run-7", scheme: "folder", rest: "/data/run-7" });
    expect(parseAddress("run:7")).toMatchObject({ scheme: "folder", rest: "run:7" });
    expect(parseAddress("C:\\frames")).toMatchObject({ scheme: "folder" });
    expect(parseAddress("tcp+connect://host:1")).toMatchObject({ scheme: "tcp+connect", rest: "host:1" });
    expect(openSource("/data/run-7", DEFAULT_CONFIG).name).toBe("folder:/data/run-7");
  });

  it("of a kind that is not known is refused with the kinds there are", () => {
    expect(() => openSource("tpc://127.0.0.1:1", DEFAULT_CONFIG)).toThrow(
      /received tpc:.*expected an address as \/data/,
    );
  });

  it("has a host and a port where it is one of the network", () => {
    const parts = (text: string) => hostAndPort(parseAddress(text));
    expect(parts("tcp://127.0.0.1:1897")).toEqual({ host: "127.0.0.1", port: 1897 });
    expect(parts("tcp://[::1]:0")).toEqual({ host: "::1", port: 0 });
    expect(parts("merlin://detector-pc:6341/")).toEqual({ host: "detector-pc", port: 6341 });
    for (const wrong of [
      "tcp://1897",
      "tcp://:1897",
      "tcp://a:65536",
      "tcp://a:",
      "tcp://::1:7",
      "tcp://a:1/b",
      "tcp://",
    ])
      expect(() => parts(wrong), wrong).toThrow(/HOST:PORT/);
  });
});
