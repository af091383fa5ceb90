/** Names of our own headers, in the lower case in which Node shows them. */
export const SESSION_HEADER = 'corecache-session';
/** `1`: answer 421 with the leader's address instead of forwarding. */
export const NO_FORWARD_HEADER = 'corecache-no-forward';
/** `host:port` of the leader, on 421. */
export const LEADER_HEADER = 'corecache-leader';
/** Id of the node that forwarded this request; a request that has it is not forwarded again. */
export const FORWARDED_BY_HEADER = 'corecache-forwarded-by';
/** When the value ends, as an HTTP date; on values with a ttl. */
export const EXPIRES_HEADER = 'corecache-expires';

/** The name as answers write it: `Corecache-Session`. Case means nothing to HTTP, but people read headers too. */
export function writtenName(header: string): string {
  return header.replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
}
