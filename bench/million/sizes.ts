import type { Sql } from '#lib/db/client.ts'

type Size = { name: string; rows: number; table: number; indexes: number }

/** What each big table takes, its partitions added up: rows of a Markdown table, bytes a row. */
export async function sizes(sql: Sql): Promise<{ what: string; figure: string; reach: string }[]> {
  const found = await sql<Size[]>`
    select coalesce(parent.relname, child.relname) as name, sum(greatest(child.reltuples, 0))::float8 as rows,
      sum(pg_table_size(child.oid))::float8 as table, sum(pg_indexes_size(child.oid))::float8 as indexes
    from pg_class child
    left join pg_inherits i on i.inhrelid = child.oid left join pg_class parent on parent.oid = i.inhparent
    where child.relkind = 'r' and child.relnamespace = 'public'::regnamespace
    group by 1 having sum(greatest(child.reltuples, 0)) > 1000 order by 3 desc`
  return found.map(({ name, rows, table, indexes }) => ({
    what: `size of ${name}, ${Math.round(rows).toLocaleString('en')} rows`,
    figure: `table ${mib(table)}, indexes ${mib(indexes)}: ${Math.round(table / rows)} + ${Math.round(indexes / rows)} bytes a row`,
    reach: '—',
  }))
}

function mib(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(0)} MiB`
}
