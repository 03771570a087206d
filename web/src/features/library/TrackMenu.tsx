import { useState } from 'react';

import type { Track } from '@/api/library/types';
import { useDesk, type Pad } from '@/lib/mix/desk-port';

import type { Question } from './LibraryDialogs';
import { Menu, type MenuItem } from './Menu';
import type { Place } from './places';
import type { Point } from './TrackGrid';
import type { TrackActions } from './useTrackActions';

interface TrackMenuProps {
  track: Track;
  /** Its row, which in a playlist is its place. */
  index: number;
  total: number;
  place: Place;
  /** 0 without a desk. */
  deckCount: number;
  isPreviewing: boolean;
  actions: TrackActions;
  at: Point;
  onClose: () => void;
  onPreview: () => void;
  onAsk: (question: Question) => void;
  onUpload: () => void;
}

/** What can be done with one track where it stands. The pads of the sampler have a menu of their own behind it. */
export function TrackMenu(props: TrackMenuProps) {
  const { track, at, onClose } = props;
  const pads = useDesk((desk) => desk.pads) ?? [];
  const [isAtPads, setAtPads] = useState(false);
  if (isAtPads) {
    const items = padItems(pads, (pad) => props.actions.loadPad(track, pad));
    return <Menu key="pads" label={`A pad for ${track.title}`} at={at} items={items} onClose={onClose} />;
  }
  const items = itemsOf(props, pads.length > 0 ? () => setAtPads(true) : null);
  return <Menu key="track" label={track.title} at={at} items={items} onClose={onClose} />;
}

function padItems(pads: readonly Pad[], onPad: (pad: number) => void): MenuItem[] {
  return pads.map((pad, index) => ({
    label: `Pad ${index + 1}: ${pad.track?.title ?? 'empty'}`,
    icon: 'music',
    onPick: () => onPad(index),
  }));
}

/** `onPads` is null where there is no sampler. */
function itemsOf(
  { track, index, total, place, deckCount, isPreviewing, actions, onPreview, onAsk, onUpload }: TrackMenuProps,
  onPads: (() => void) | null,
): MenuItem[] {
  const items: MenuItem[] = [];
  if (track.status === 'ready') {
    for (let deck = 0; deck < deckCount; deck += 1) {
      items.push({ label: `Load to deck ${deck + 1}`, icon: 'arrow', onPick: () => actions.load(track, deck) });
    }
    if (onPads !== null) items.push({ label: 'Put on a pad', icon: 'arrow', staysOpen: true, onPick: onPads });
    items.push(
      { label: isPreviewing ? 'Stop listening' : 'Listen', icon: 'headphones', onPick: onPreview },
      { label: 'Queue', icon: 'list', onPick: () => actions.enqueue(track.id, track.title) },
      { label: 'Add to crate or playlist', icon: 'crate', onPick: () => onAsk({ ask: 'add', track }) },
    );
  }
  if (place.kind === 'crate') {
    items.push({ label: 'Take out of this crate', icon: 'close', onPick: () => actions.takeOut(place.id, track) });
  }
  if (place.kind === 'playlist') {
    const to = (target: number | null) => () => actions.moveInPlaylist(place.id, index, target);
    if (index > 0) items.push({ label: 'Earlier in this playlist', icon: 'arrow', onPick: to(index - 1) });
    if (index < total - 1) items.push({ label: 'Later in this playlist', icon: 'arrow', onPick: to(index + 1) });
    items.push({ label: 'Take out of this playlist', icon: 'close', onPick: to(null) });
  }
  if (track.status === 'ready') {
    items.push(
      { label: 'Edit', icon: 'edit', onPick: () => onAsk({ ask: 'edit', track }) },
      { label: 'Download MP3', icon: 'download', onPick: () => actions.download(track) },
    );
  }
  if (track.status === 'rejected') items.push({ label: 'Upload another file', icon: 'upload', onPick: onUpload });
  items.push({ label: 'Delete', icon: 'trash', isDanger: true, onPick: () => onAsk({ ask: 'delete', track }) });
  return items;
}
