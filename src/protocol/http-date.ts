const DAYS = ['Thu', 'Fri', 'Sat', 'Sun', 'Mon', 'Tue', 'Wed'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DAY_SECONDS = 86_400;

/**
 * A moment as HTTP writes it, such as `Sun, 06 Nov 1994 08:49:37 GMT` (IMF-fixdate, RFC 9110, section 5.6.7). The date
 * comes from the count of days by Howard Hinnant's `civil_from_days`: years begin in March, so that the leap day is last.
 */
export function httpDate(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const days = Math.floor(seconds / DAY_SECONDS);
  const second = seconds - days * DAY_SECONDS;
  const sinceMarchOfYearZero = days + 719_468;
  const era = Math.floor(sinceMarchOfYearZero / 146_097);
  const dayOfEra = sinceMarchOfYearZero - era * 146_097;
  const leapDays = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1;
  const month = (monthFromMarch + 2) % 12;
  const year = yearOfEra + era * 400 + (month <= 1 ? 1 : 0);
  const time = [Math.floor(second / 3600), Math.floor(second / 60) % 60, second % 60].map(twoDigits).join(':');
  const weekday = DAYS[((days % 7) + 7) % 7] ?? '';
  return `${weekday}, ${twoDigits(day)} ${MONTHS[month] ?? ''} ${String(year).padStart(4, '0')} ${time} GMT`;
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
