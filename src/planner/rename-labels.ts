/** Values of an enum in the words of PostgreSQL: `'a'::mood`, `'{a,"b c"}'::mood[]`. Pure. */
import { quoteLiteral } from '../statement/change.ts';

export interface RenamedLabel {
  /** The type as PostgreSQL prints it. */
  readonly type: string;
  readonly from: string;
  readonly to: string;
}

/** Every name and literal, so that none begins in the middle of another; then the type that the literal is cast to. */
const LITERAL =
  /"(?:[^"]|"")*"|'((?:[^']|'')*)'(?:::((?:"(?:[^"]|"")*"|[\w$\u0080-\uffff])+(?:\.(?:"(?:[^"]|"")*"|[\w$\u0080-\uffff]+))?)((?:\[\])*))?/g;

/** `text` with another label wherever it is cast to the type, alone or in an array. */
export function renameLabelIn(text: string, { type, from, to }: RenamedLabel): string {
  const rename = (label: string): string => (label === from ? to : label);
  return text.replace(LITERAL, (all, literal?: string, cast?: string, dimensions?: string) => {
    if (literal === undefined || cast === undefined || unquote(cast) !== unquote(type)) {
      return all;
    }
    const value = literal.replaceAll("''", "'");
    const renamed = dimensions ? renameInArray(value, rename) : rename(value);
    return `${quoteLiteral(renamed)}::${cast}${dimensions}`;
  });
}

/** https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO: an element in quotes, or as it is; null is none. */
export function renameInArray(array: string, rename: (label: string) => string): string {
  return array.replace(/"((?:[^"\\]|\\.)*)"|[^{},"]+/gs, (element, quoted?: string) => {
    if (quoted === undefined && /^\s*null\s*$/i.test(element)) {
      return element;
    }
    const label = rename(quoted === undefined ? element.trim() : quoted.replaceAll(/\\(.)/gs, '$1'));
    return label === '' || /[{},"\\\s]/.test(label) || /^null$/i.test(label)
      ? `"${label.replaceAll(/["\\]/g, '\\$&')}"`
      : label;
  });
}

/** A reserved word is printed in quotes, which a name of lower case letters needs not otherwise. */
function unquote(name: string): string {
  return name.replaceAll(/"((?:[^"]|"")*)"/g, (_all, inner: string) => inner.replaceAll('""', '"'));
}
