// Reads a playlist from standard input with hls-parser in strict mode; prints what it found, or fails with its complaint.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const HLS = createRequire(process.argv[2])("hls-parser");
HLS.setOptions({ strictMode: true });
const playlist = HLS.parse(readFileSync(0, "utf8"));
console.log(
  JSON.stringify({
    isMaster: playlist.isMasterPlaylist,
    segments: playlist.isMasterPlaylist ? 0 : playlist.segments.length,
    skip: playlist.skip ?? 0,
    variants: playlist.isMasterPlaylist ? playlist.variants.map((variant) => variant.codecs) : [],
  }),
);
