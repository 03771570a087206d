import { BoothPage } from '@/features/booth/BoothPage';
import { Controls } from '@/features/controllers/Controls';
import { LibraryPanel } from '@/features/library/LibraryPanel';

import { Header } from './Header';

/** The booth with the DJ's library in it. */
export default function BoothRoute() {
  return <BoothPage header={<Header />} library={<LibraryPanel tools={<Controls />} />} />;
}
