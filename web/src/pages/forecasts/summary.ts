/** What a finished forecast says of itself; its summary is open, so each part is looked for. */

import type { ForecastView } from "../../api/types";

export interface Summary {
  models: Record<string, number>;
  patterns: Record<string, number>;
  status: Record<string, number>;
  mean_confidence: number | null;
  mean_expected_error: number | null;
  /** Errors over those of the naive forecast: below 1 is better. */
  against_naive?: number | null;
  alerts?: { below: number; count: number; first: string[] };
}

export function summary(forecast: ForecastView): Summary | null {
  return forecast.summary as Summary | null;
}

export function meanConfidence(forecast: ForecastView): number | null {
  return summary(forecast)?.mean_confidence ?? null;
}

export function titled(forecast: ForecastView): string {
  return forecast.config.name ?? forecast.id;
}
