/**
 * What Temporal must know before a run may set it: an unregistered one fails the workflow task for ever. Types as the
 * Temporal command line spells them.
 */
export const searchAttributes = {
  BelayApplication: 'Keyword',
  BelayEnvironment: 'Keyword',
  BelayPhase: 'Keyword',
  BelayOutcome: 'Keyword',
  BelayNeedsHuman: 'Bool',
  BelayClusters: 'KeywordList',
} as const;
