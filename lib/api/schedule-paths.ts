import type { ZodOpenApiPathsObject } from 'zod-openapi'
import {
  listSchedulesSchema,
  previewedScheduleSchema,
  schedulePreviewSchema,
  scheduleViewSchema,
} from '#lib/schedules/schedule-views.ts'
import { answer, body, id, operation, page } from './operation.ts'

const schedule = scheduleViewSchema.meta({ id: 'Schedule' })

export const schedulePaths: ZodOpenApiPathsObject = {
  '/schedules': {
    get: operation('listSchedules', 'Schedules of all templates, with what comes next and what came last', {
      role: 'viewer',
      requestParams: { query: listSchedulesSchema },
      responses: { '200': answer('A page', page(schedule)) },
    }),
  },
  '/schedules/preview': {
    post: operation('previewSchedule', 'A schedule in words, and when it would fire', {
      role: 'viewer',
      requestBody: body(schedulePreviewSchema, { cron: '30 2 * * 1-5', timeZone: 'Europe/Berlin' }),
      responses: { '200': answer('Words and times', previewedScheduleSchema) },
    }),
  },
  '/schedules/{id}/seen': {
    post: operation('seeSchedule', 'Say that you know of what it missed: the Overview no longer shows it', {
      role: 'operator',
      requestParams: { path: id },
      responses: { '200': answer('The schedule', schedule) },
    }),
  },
}
