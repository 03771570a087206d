// @vitest-environment happy-dom
import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { useState } from 'react';
import { afterEach, describe, expect, test } from 'vitest';

import { Fader } from '@/features/booth/controls/Fader';
import { HoldKey, Key } from '@/features/booth/controls/Key';
import { Knob } from '@/features/booth/controls/Knob';
import { settled } from '@/features/booth/controls/travel';

const TRAVEL = { min: -1, max: 1, step: 0.1, resetTo: 0, detent: 0 };

afterEach(cleanup);

function OneKnob({ start = 0 }: { start?: number }) {
  const [value, setValue] = useState(start);
  return (
    <Knob
      label="Filter"
      caption="Filter"
      control="deck1.filter"
      travel={TRAVEL}
      value={value}
      format={(position) => `${Math.round(position * 100)}%`}
      onChange={setValue}
    />
  );
}

function knob(): HTMLElement {
  return screen.getByRole('slider', { name: 'Filter' });
}

describe('a knob', () => {
  test.each([
    ['ArrowUp', false, '10%'],
    ['ArrowDown', false, '-10%'],
    ['ArrowRight', true, '2%'],
    ['PageUp', false, '100%'],
    ['Home', false, '-100%'],
    ['End', false, '100%'],
  ])('is moved by %s (fine: %s) to %s', (key, shiftKey, text) => {
    render(<OneKnob />);
    fireEvent.keyDown(knob(), { key, shiftKey });
    expect(knob().getAttribute('aria-valuetext')).toBe(text);
  });

  test.each(['Delete', 'Backspace'])('is put back by %s, as by a double click', (key) => {
    render(<OneKnob start={0.7} />);
    fireEvent.keyDown(knob(), { key });
    expect(knob().getAttribute('aria-valuenow')).toBe('0');
  });

  test('leaves alone the keys that it does not know, and those with a modifier', () => {
    render(<OneKnob />);
    expect(fireEvent.keyDown(knob(), { key: 'a' })).toBe(true);
    expect(fireEvent.keyDown(knob(), { key: 'ArrowUp', ctrlKey: true })).toBe(true);
    expect(knob().getAttribute('aria-valuenow')).toBe('0');
  });

  test('follows a finger, and is put back by a double click', () => {
    render(<OneKnob start={0.5} />);
    fireEvent.pointerDown(knob(), { pointerId: 1, button: 0, clientX: 0, clientY: 100 });
    fireEvent.pointerMove(knob(), { pointerId: 1, clientX: 0, clientY: 60 });
    fireEvent.pointerUp(knob(), { pointerId: 1 });
    expect(Number(knob().getAttribute('aria-valuenow'))).toBeCloseTo(1, 3);
    fireEvent.doubleClick(knob());
    expect(knob().getAttribute('aria-valuenow')).toBe('0');
  });

  test('can be pulled out of its detent', () => {
    expect(settled(TRAVEL, 0.02)).toBe(0);
    expect(settled(TRAVEL, 0.05)).toBe(0.05);
    render(<OneKnob />);
    fireEvent.pointerDown(knob(), { pointerId: 1, button: 0, clientX: 0, clientY: 100 });
    for (let y = 99; y >= 90; y -= 1) fireEvent.pointerMove(knob(), { pointerId: 1, clientX: 0, clientY: y });
    expect(Number(knob().getAttribute('aria-valuenow'))).toBeGreaterThan(0.1);
  });
});

test('a fader says where it is, for those who do not see it', () => {
  render(
    <Fader
      label="Crossfader"
      control="crossfader"
      orientation="horizontal"
      travel={TRAVEL}
      value={-1}
      format={() => '100% to A'}
      onChange={() => undefined}
    />,
  );
  const fader = screen.getByRole('slider', { name: 'Crossfader' });
  expect(fader.getAttribute('aria-valuetext')).toBe('100% to A');
  expect(fader.getAttribute('aria-orientation')).toBe('horizontal');
});

describe('a key that is held', () => {
  function stage() {
    const heard: string[] = [];
    render(
      <HoldKey label="Cue" control="deck1.cue" onPress={() => heard.push('down')} onRelease={() => heard.push('up')}>
        CUE
      </HoldKey>,
    );
    return { heard, key: screen.getByRole('button', { name: 'Cue' }) };
  }

  test('is down once while the space bar repeats, and up when it is let go', () => {
    const { heard, key } = stage();
    fireEvent.keyDown(key, { key: ' ' });
    fireEvent.keyDown(key, { key: ' ', repeat: true });
    fireEvent.keyUp(key, { key: ' ' });
    expect(heard).toEqual(['down', 'up']);
  });

  test('is let go when the focus goes elsewhere', () => {
    const { heard, key } = stage();
    fireEvent.keyDown(key, { key: 'Enter' });
    fireEvent.blur(key);
    fireEvent.keyUp(key, { key: 'Enter' });
    expect(heard).toEqual(['down', 'up']);
  });

  test('is held by a finger until the pointer is lost', () => {
    const { heard, key } = stage();
    fireEvent.pointerDown(key, { pointerId: 3, button: 0 });
    fireEvent.lostPointerCapture(key, { pointerId: 3 });
    expect(heard).toEqual(['down', 'up']);
  });
});

test('a key with a light says whether it is lit, and one without says nothing', () => {
  render(
    <>
      <Key label="Sync" control="deck1.sync" isOn onPress={() => undefined}>
        SYNC
      </Key>
      <Key label="Loop in" control="deck1.loop_in" onPress={() => undefined}>
        IN
      </Key>
    </>,
  );
  expect(screen.getByRole('button', { name: 'Sync' }).getAttribute('aria-pressed')).toBe('true');
  expect(screen.getByRole('button', { name: 'Loop in' }).hasAttribute('aria-pressed')).toBe(false);
});
