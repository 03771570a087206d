/** What the keys of a player do. A player that cannot do something leaves it out, and the key too. */
export interface PlayerActions {
  togglePlay: () => void;
  toggleMute: () => void;
  changeVolume: (by: number) => void;
  toggleFullscreen: () => void;
  togglePictureInPicture: () => void;
  toggleStatistics: () => void;
  showKeys: () => void;
  /** Seconds, back when negative. */
  seekBy?: ((seconds: number) => void) | undefined;
  toStart?: (() => void) | undefined;
  toEnd?: (() => void) | undefined;
}

interface PlayerKey {
  /** As `KeyboardEvent.key` tells them. */
  keys: readonly string[];
  says: string;
  act: (actions: PlayerActions) => (() => void) | undefined;
}

const VOLUME_STEP = 0.1;
const JUMP_S = 10;
const STEP_S = 5;

function seeking(seconds: number): PlayerKey['act'] {
  return ({ seekBy }) => seekBy && (() => seekBy(seconds));
}

/** The keys people know from other players. */
export const PLAYER_KEYS: readonly PlayerKey[] = [
  { keys: [' ', 'k'], says: 'Play or pause', act: ({ togglePlay }) => togglePlay },
  { keys: ['j'], says: '10 seconds back', act: seeking(-JUMP_S) },
  { keys: ['l'], says: '10 seconds on', act: seeking(JUMP_S) },
  { keys: ['ArrowLeft'], says: '5 seconds back', act: seeking(-STEP_S) },
  { keys: ['ArrowRight'], says: '5 seconds on', act: seeking(STEP_S) },
  { keys: ['Home'], says: 'As far back as it goes', act: ({ toStart }) => toStart },
  { keys: ['End'], says: 'To what is on now, or the end', act: ({ toEnd }) => toEnd },
  { keys: ['ArrowUp'], says: 'Louder', act: ({ changeVolume }) => () => changeVolume(VOLUME_STEP) },
  { keys: ['ArrowDown'], says: 'Quieter', act: ({ changeVolume }) => () => changeVolume(-VOLUME_STEP) },
  { keys: ['m'], says: 'Sound on or off', act: ({ toggleMute }) => toggleMute },
  { keys: ['f'], says: 'Full screen', act: ({ toggleFullscreen }) => toggleFullscreen },
  { keys: ['p'], says: 'Picture in picture', act: ({ togglePictureInPicture }) => togglePictureInPicture },
  { keys: ['s'], says: 'Statistics', act: ({ toggleStatistics }) => toggleStatistics },
  { keys: ['?'], says: 'These keys', act: ({ showKeys }) => showKeys },
];

/** What a key does; undefined when it is none of the player's. */
export function actionOf(key: string, actions: PlayerActions): (() => void) | undefined {
  return PLAYER_KEYS.find(({ keys }) => keys.includes(key))?.act(actions);
}

/** The keys that do something here. */
export function keysFor(actions: PlayerActions): readonly PlayerKey[] {
  return PLAYER_KEYS.filter(({ act }) => act(actions) !== undefined);
}
