import { readStored, writeStored } from '@/lib/stored';

/** Encoding three sizes of a picture beside all else a studio does wants as many processors. */
const STRONG_CORES = 6;

export interface SmallerPictures {
  isOn: boolean;
  /** What decided: the person, or what this device is. */
  because: 'chosen' | 'strong' | 'weak';
}

/** Whether smaller pictures go beside the one that is filmed: as was chosen once, else where the device is up to it. */
export function smallerPictures(device: Navigator = navigator): SmallerPictures {
  const chosen = readStored('sizes');
  if (chosen !== null) return { isOn: chosen === 'yes', because: 'chosen' };
  const isStrong = device.hardwareConcurrency >= STRONG_CORES && !isPhone(device);
  return { isOn: isStrong, because: isStrong ? 'strong' : 'weak' };
}

export function chooseSmallerPictures(isOn: boolean): SmallerPictures {
  writeStored('sizes', isOn ? 'yes' : 'no');
  return { isOn, because: 'chosen' };
}

/** Of a phone the processors are many, and do not stay cool; its upload is seldom to spare. */
function isPhone(device: Navigator & { userAgentData?: { mobile: boolean } }): boolean {
  return device.userAgentData?.mobile ?? /Mobi|Android/.test(device.userAgent);
}
