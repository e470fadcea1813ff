// Package bus is the durable road of events and effects, two JetStream streams per partition. It knows
// sequences, subjects and bytes; it does not know what an event or an effect says, nor who reads them.
//
// Flow: Inbox is the stream EV_<p> with the subjects ev.<p>.<platform>, Outbox and Feed are the two ends of
// FX_<p> with the subjects fx.<p>.<platform>.<chat>. By default the server lives in this process and opens
// no port; with Config.URL it is a cluster elsewhere and nothing else changes.
//
// Why effects are chained and not deduplicated: a deduplication window expires, and a long outage then
// doubles what it republishes. Effect n is published with the expectation that the stream ends at n-1, so
// the number of an effect is its sequence, publishing again is harmless for ever, and two owners of a
// partition cannot interleave.
//
// Why the position is the reader's and not a durable consumer's: acknowledgements are written late and
// fall back after a power cut; the engine keeps its position in the transaction that used the event.
//
// Why the reader is ours and not the library's ordered consumer: that one hides gaps (it takes up at
// whatever is there after messages were lost), cannot be stopped while its server is away, and would not
// notice a stream that has lost its tail and given the same sequences to other events.
package bus
