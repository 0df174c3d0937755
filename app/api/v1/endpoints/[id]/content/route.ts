import { contentAnswer, fetchPassage, sendPassage } from '#app/_server/passage.ts'
import { json, route } from '#app/_server/route.ts'
import { downloadFile, uploadFile } from '#lib/files/pass-file.ts'

export const GET = route(
  ({ ctx, id, query, request }) =>
    downloadFile({
      ...{ ctx, id, input: query },
      open: async (passage, path) => contentAnswer(await fetchPassage(passage, request), path),
    }),
  { mayTakeLong: true },
)

export const PUT = route(
  async ({ ctx, id, query, request }) =>
    json(await uploadFile({ ctx, id, input: query, send: (passage) => sendPassage(passage, request) })),
  { mayTakeLong: true },
)
