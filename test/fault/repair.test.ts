import { beforeAll, expect, test } from 'vitest';
import { Random } from '../support/random.js';
import { filesIn } from '../support/tree-contents.js';
import { DIRECTORY } from '../store/memory-database.js';
import {
  expectNothingInvented,
  flip,
  openAndVerify,
  repair,
  soundDatabase,
  type Sound,
} from '../store/repair/damaged-database.js';

let sound: Sound;
beforeAll(async () => {
  sound = await soundDatabase(5, 24);
});

for (const damages of [1, 4]) {
  test(`${damages} flipped bits anywhere: repair opens it again, invents nothing, and names what is lost`, async () => {
    const random = new Random(damages);
    const files = (await filesIn(sound.fileSystem, DIRECTORY)).filter((path) => !path.endsWith('LOCK'));
    for (let sample = 0; sample < 100; sample++) {
      const fileSystem = sound.fileSystem.clone();
      const flipped: string[] = [];
      for (let i = 0; i < damages; i++) {
        const path = files[random.below(files.length)]!;
        const offset = random.below(await fileSystem.sizeOf(path));
        await flip(fileSystem, path, offset);
        flipped.push(`${path} at ${offset}`);
      }
      const { losses } = await repair(fileSystem);
      const state = await openAndVerify(fileSystem);
      expectNothingInvented(state, sound);
      if (losses.length === 0) expect(state, flipped.join()).toEqual(sound.state);
    }
  });
}
