/** The picture of a sound: a record whose grooves and rays move with what is heard. */

export interface Loudness {
  /** Each 0 to 1. */
  bass: number;
  rays: readonly number[];
}

const RAYS = 96;
/** Of 512 bins at 48 kHz: up to 8 kHz, above which music has little. */
const TOP_BIN = 170;
const BASS_BINS = 4;

/** Rays about the record from a spectrum, low at the top and mirrored, spaced as ears are. */
export function loudnessOf(bins: Uint8Array): Loudness {
  const half = Array.from({ length: RAYS / 2 }, (_, ray) => {
    const bin = Math.round(1 + (TOP_BIN - 1) * (ray / (RAYS / 2 - 1)) ** 1.8);
    return (bins[bin] ?? 0) / 255;
  });
  const bass = bins.subarray(0, BASS_BINS).reduce((sum, value) => sum + value, 0) / (255 * BASS_BINS);
  return { bass, rays: [...half, ...half.toReversed()] };
}

/** A slow breath, for where nothing can be heard. */
export function breath(seconds: number): Loudness {
  const bass = 0.35 + 0.12 * Math.sin(seconds * 1.6);
  const rays = Array.from({ length: RAYS }, (_, ray) => {
    const wave = Math.sin(seconds * 1.1 + ray * 0.26) * Math.sin(seconds * 0.7 - ray * 0.11);
    return 0.22 + 0.16 * wave;
  });
  return { bass, rays };
}

const TURN_S = 1.8;
const GROOVES = 13;

/** Paints it about the middle of a canvas of `width` by `height` pixels. */
export function paintSound(
  context: CanvasRenderingContext2D,
  { width, height }: { width: number; height: number },
  { bass, rays }: Loudness,
  { hue, seconds, isStill }: { hue: number; seconds: number; isStill: boolean },
): void {
  context.clearRect(0, 0, width, height);
  const radius = Math.min(width, height) * (0.26 + (isStill ? 0 : bass * 0.025));
  context.save();
  context.translate(width / 2, height / 2);
  paintGlow(context, radius, bass, hue);
  paintRays(context, radius, rays, hue);
  paintRecord(context, radius, { hue, angle: isStill ? 0 : (seconds / TURN_S) * 2 * Math.PI });
  context.restore();
}

function paintGlow(context: CanvasRenderingContext2D, radius: number, bass: number, hue: number): void {
  const reach = radius * 2.3;
  const glow = context.createRadialGradient(0, 0, radius * 0.8, 0, 0, reach);
  glow.addColorStop(0, `oklch(0.62 0.2 ${hue} / ${0.2 + bass * 0.4})`);
  glow.addColorStop(1, `oklch(0.3 0.1 ${hue} / 0)`);
  context.fillStyle = glow;
  context.fillRect(-reach, -reach, reach * 2, reach * 2);
}

function paintRays(context: CanvasRenderingContext2D, radius: number, rays: readonly number[], hue: number): void {
  context.lineCap = 'round';
  context.lineWidth = Math.max(2, radius * 0.032);
  rays.forEach((level, ray) => {
    const angle = (ray / rays.length) * 2 * Math.PI - Math.PI / 2;
    const from = radius * 1.09;
    const to = from + radius * (0.03 + 0.62 * level ** 1.4);
    context.strokeStyle = `oklch(${0.66 + level * 0.22} 0.19 ${hue + 70 * level})`;
    context.beginPath();
    context.moveTo(Math.cos(angle) * from, Math.sin(angle) * from);
    context.lineTo(Math.cos(angle) * to, Math.sin(angle) * to);
    context.stroke();
  });
}

function paintRecord(
  context: CanvasRenderingContext2D,
  radius: number,
  { hue, angle }: { hue: number; angle: number },
): void {
  context.rotate(angle);
  disc(context, radius, '#0d0b13');
  context.lineWidth = 1;
  for (let groove = 0; groove < GROOVES; groove += 1) {
    context.strokeStyle = groove % 4 === 3 ? '#ffffff1c' : '#ffffff0c';
    context.beginPath();
    context.arc(0, 0, radius * (0.46 + (groove / GROOVES) * 0.5), 0, 2 * Math.PI);
    context.stroke();
  }
  const shine = context.createConicGradient(0, 0, 0);
  for (const at of [0, 0.5]) {
    shine.addColorStop(at, '#ffffff00');
    shine.addColorStop(at + 0.08, '#ffffff20');
    shine.addColorStop(at + 0.16, '#ffffff00');
  }
  disc(context, radius, shine);
  disc(context, radius * 0.4, `oklch(0.72 0.19 ${hue})`);
  disc(context, radius * 0.33, `oklch(0.66 0.2 ${hue + 40})`);
  context.fillStyle = '#0b0a10';
  context.fillRect(-radius * 0.012, -radius * 0.36, radius * 0.024, radius * 0.2);
  disc(context, radius * 0.045, '#0b0a10');
}

function disc(context: CanvasRenderingContext2D, radius: number, fill: string | CanvasGradient): void {
  context.fillStyle = fill;
  context.beginPath();
  context.arc(0, 0, radius, 0, 2 * Math.PI);
  context.fill();
}

/** A hue of a stream's own, in degrees. */
export function hueOf(id: string): number {
  let hue = 0;
  for (const letter of id) hue = (hue * 31 + (letter.codePointAt(0) ?? 0)) % 360;
  return hue;
}
