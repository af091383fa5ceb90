import type { IndexPage } from '../index/index-page.js';
import type { Table } from '../table.js';

/** An index page, loaded when need be; held, and to be released by the caller. */
export function heldPage(table: Table, number: number): Promise<IndexPage> {
  return new Promise((resolve, reject) => {
    table.pages.load(number, {
      loaded: (page) => {
        page.hold();
        resolve(page);
      },
      failed: reject,
    });
  });
}
