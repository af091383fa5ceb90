/** The part of the package that CoreCache uses; it ships no types of its own. */
declare module 'fs-native-extensions' {
  /** Takes an exclusive lock of the whole open file (an open file description lock on Linux); false when another has it. */
  export function tryLock(fileDescriptor: number): boolean;
}
