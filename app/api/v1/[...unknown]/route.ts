import { answer } from '#app/_server/problem.ts'

// A path that is no part of the API answers as the rest of it does.
function nowhere(): Response {
  return answer(
    404,
    'Not found',
    'There is no such path. GET /api/v1/openapi.json lists those there are.',
    [],
  )
}

export { nowhere as DELETE, nowhere as GET, nowhere as PATCH, nowhere as POST, nowhere as PUT }
