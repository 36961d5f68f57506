/**
 * A value that travels through a LangChain chain without being readable from outside. With tracing
 * switched on in the environment, LangChain sends every step's inputs and outputs to a service;
 * reports and measurements of patients must not leave the machine, so what the steps exchange is
 * sealed.
 */
export class Sealed<T> {
  readonly #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  open(): T {
    return this.#value;
  }

  toJSON(): string {
    return '[sealed]';
  }
}
