  readonly #transport: Transport;

  /** Calls by way of `transport`, or the service at this HTTP URL. */
  constructor(transport: Transport | string) {
    this.#transport = typeof transport === "string" ? http(transport) : transport;
  }
