/**
 * Being adopted: under a one-time token the edge connects, proves token and keys, and pins whom it will believe
 * (design 4). What it learns is given to the caller; making it durable and connecting for good is the box's.
 */
import { invariant } from "@lintel/protocol/base/invariant.ts";
import type { RandomBytes } from "@lintel/protocol/base/random.ts";
import { ok, type Result } from "@lintel/protocol/base/result.ts";
import { after, type Instant, type Monotonic } from "@lintel/protocol/base/units.ts";
import {
  type AdoptionError,
  type AdoptionToken,
  adoptionPassword,
  adoptionUser,
  type EdgePublicKeys,
  openAdoptAnswer,
  signAdoptRequest,
} from "@lintel/protocol/mqtt/adoption.ts";
import { agreementPublicKey } from "@lintel/protocol/mqtt/agreement.ts";
import { peekMessage, signingPublicKey } from "@lintel/protocol/mqtt/envelope.ts";
import { edgeTopics } from "@lintel/protocol/mqtt/topics.ts";
import { LIMITS } from "./limits.ts";
import type { Adoption, Broker, EdgeKeys } from "./ports.ts";

export type AdoptionOutcome =
  | { readonly kind: "adopted"; readonly adoption: Adoption }
  /** The broker or the answer said no: the token is used, has ended, or was never issued. */
  | { readonly kind: "refused"; readonly why: string }
  | { readonly kind: "unreachable"; readonly why: string };

/** What an answer tells, once it is believed. All of it is public. */
export type OpenAnswer = (
  payload: Uint8Array,
  token: AdoptionToken,
  own: EdgePublicKeys,
) => Result<Pick<Adoption, "root" | "rootKey" | "agreement">, { readonly kind: AdoptionError["kind"] }>;

export const openAnswer: OpenAnswer = (payload, token, own) => {
  const answer = openAdoptAnswer(payload, token, own);
  if (!answer.ok) return answer;
  const peeked = peekMessage("adopt-answer", payload);
  invariant(peeked.ok, "an answer that was opened can be read");
  const { root, agreement } = answer.value;
  return ok({ root: peeked.value.body.root, rootKey: root.root, agreement });
};

export interface AdoptingOptions {
  readonly keys: EdgeKeys;
  readonly broker: Broker;
  readonly random: RandomBytes;
  readonly epoch: string;
  readonly openAnswer?: OpenAnswer;
  readonly now: () => Monotonic;
  readonly time: () => Instant;
}

export class Adopting {
  readonly #options: AdoptingOptions;
  readonly #token: AdoptionToken;
  readonly #done: (outcome: AdoptionOutcome) => void;
  readonly #own: EdgePublicKeys;
  readonly #until: Monotonic;
  #repeatAt: Monotonic | null = null;
  #over = false;

  constructor(options: AdoptingOptions, token: AdoptionToken, done: (outcome: AdoptionOutcome) => void) {
    this.#options = options;
    this.#token = token;
    this.#done = done;
    const { keys } = options;
    this.#own = { signing: signingPublicKey(keys.signing), agreement: agreementPublicKey(keys.agreement) };
    this.#until = after(options.now(), LIMITS.adoption);
    const user = adoptionUser(token.edge);
    const password = adoptionPassword(token);
    options.broker.connect({ url: token.broker, user, password, clientId: user, will: null });
  }

  get wakeAt(): Monotonic {
    return this.#repeatAt !== null && this.#repeatAt < this.#until ? this.#repeatAt : this.#until;
  }

  connected(): void {
    const { site, edge } = this.#token;
    this.#options.broker.subscribe([edgeTopics(site, edge).down("adopt")]);
    this.#ask();
  }

  closed(refused: boolean, why: string): void {
    const { broker, edge } = this.#token;
    this.#end(
      refused
        ? {
            kind: "refused",
            why: `the authority does not take this token: it was used, its 48 hours are over, or a newer one was issued; print another with 'lintel edge token ${edge}'`,
          }
        : {
            kind: "unreachable",
            why: `cannot reach the authority's broker at ${broker} (${why}); start the authority, or look at the network between`,
          },
    );
  }

  time(): void {
    const now = this.#options.now();
    if (now >= this.#until) {
      const answered = this.#repeatAt === null ? "does not answer" : "took the question and gave no answer";
      this.#end({ kind: "unreachable", why: `the authority at ${this.#token.broker} ${answered}` });
    } else if (this.#repeatAt !== null && now >= this.#repeatAt) this.#ask();
  }

  message(topic: string, payload: Uint8Array): void {
    const { site, edge, broker } = this.#token;
    if (topic !== edgeTopics(site, edge).down("adopt")) return;
    const answer = (this.#options.openAnswer ?? openAnswer)(payload, this.#token, this.#own);
    if (!answer.ok) {
      this.#end({ kind: "refused", why: `the answer does not fit the token (${answer.error.kind})` });
      return;
    }
    this.#end({ kind: "adopted", adoption: { site, edge, broker, ...answer.value } });
  }

  #ask(): void {
    const { broker, random, epoch, keys, now, time } = this.#options;
    const head = { epoch, seq: 0, t: time(), exp: null, id: random(16) };
    const request = signAdoptRequest(this.#token, head, { signing: keys.signing, agreement: this.#own.agreement });
    broker.publish(edgeTopics(this.#token.site, this.#token.edge).up("adopt"), request, { retain: false });
    this.#repeatAt = after(now(), LIMITS.adoptionRepeat);
  }

  #end(outcome: AdoptionOutcome): void {
    if (this.#over) return;
    this.#over = true;
    this.#options.broker.disconnect();
    this.#done(outcome);
  }
}
