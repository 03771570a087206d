/** Leader's beats that a deck counts as one of its own, when their tempos are `leaderBpm` and `bpm` (as the mixer does). */
function tempoFactor(leaderBpm: number, bpm: number): number {
  const ratio = leaderBpm / bpm;
  if (ratio > Math.SQRT2) return 0.5;
  return ratio < Math.SQRT1_2 ? 2 : 1;
}

interface Beating {
  /** Counted from the first downbeat of the grid. */
  beat: number;
  /** Of the track, without the pitch fader. */
  bpm: number;
}

/** By how many of its own beats a deck is ahead of its leader, −0.5 to 0.5; below 0 it is behind. */
export function phaseAhead(deck: Beating, leader: Beating): number {
  const ahead = deck.beat - leader.beat * tempoFactor(leader.bpm, deck.bpm);
  return ahead - Math.floor(ahead + 0.5);
}
