// SPDX-License-Identifier: MIT
#pragma once

// What carries a stream's bytes: a socket, a pipe, an encryption over another stream, memory.

#include <patio/base/bytes.hpp>
#include <patio/base/config.hpp>
#include <patio/core/async.hpp>

#include <cstddef>
#include <cstdint>

namespace patio {

/// How much of a connection the other side has ended.
enum class peer_end : std::uint8_t {
    half,   ///< it sends no more; what is written may still be read
    whole,  ///< nothing arrives any more
};

/// Hears that the other side of a connection has ended it, while nobody reads.
class PATIO_EXPORT end_watch {
public:
    /// Called on the loop's thread, out of any coroutine, at most once for each `how`.
    virtual void peer_ended(peer_end how) noexcept = 0;

protected:
    ~end_watch() = default;
};

/// Moves bytes both ways, without a buffer of its own. Programs use a `stream`, which owns one;
/// this is what those implement who bring another kind of connection.
///
/// The stream promises: at most one `read_some` and one of `write`, `shutdown` and `close` at a
/// time; no empty buffers; the transport outlives its operations, also after `abort()`.
///
/// **Threads** the loop's on which it was made.
class PATIO_EXPORT transport {
public:
    using loop_affine = void;

    transport() = default;
    transport(const transport&) = delete;
    transport& operator=(const transport&) = delete;
    /// What is still open is aborted.
    virtual ~transport();

    /// Reads what there is, at least one byte. **Returns** how many; 0 at the end.
    /// **Cancel** nothing has been read.
    virtual async<std::size_t> read_some(byte_span target) = 0;
    /// The same where it need not wait, so that streams are quicker. **Returns** `not_now`, having
    /// done nothing, if there is nothing yet, or the transport cannot tell; as the default does.
    /// **Fails** as `read_some` does.
    virtual std::size_t read_now(byte_span target);
    static constexpr std::size_t not_now = static_cast<std::size_t>(-1);
    /// Writes all parts. **Cancel** any number of bytes may have been written.
    virtual async<> write(byte_views parts) = 0;
    /// Writes as much of the beginning as there is room for without waiting. **Returns** how many
    /// bytes; 0 also if the transport cannot tell, as the default does. **Fails** as `write` does.
    virtual std::size_t write_now(byte_view bytes);
    /// Writes all, for layers above, which must know where to go on after a write that was
    /// cancelled: `taken` counts the bytes that are on their way, also when the operation fails or
    /// is cancelled, and is 0 at its start. A transport that only implements `write` cannot tell
    /// and says `bytes_unknown` until all are.
    virtual async<> write_counted(byte_views parts, std::size_t& taken);
    static constexpr std::size_t bytes_unknown = static_cast<std::size_t>(-1);
    /// Says that no more will be written; reading goes on. Once at most.
    virtual async<> shutdown() = 0;
    /// Ends both directions in the orderly way, as far as the protocol knows one, within the time
    /// that the transport allows for that; afterwards it is as if aborted. What fails on the way is
    /// only thrown if bytes that were written may be lost by it.
    virtual async<> close() = 0;
    /// Ends both at once. Operations that wait fail with `errc::closed`; later ones do too.
    virtual void abort() noexcept = 0;

    /// Writes what another transport gives, up to its end, in a faster way than through memory of
    /// ours, if there is one for these two; adds to `count` what has been written.
    /// **Returns** whether the end was reached; if not, the rest is for others to copy.
    /// **Cancel** as that of a read, or of a write.
    virtual async<bool> write_all_from(transport& source, std::uint64_t& count);

    /// Tells `watch` when the other side has ended the connection, also if bytes that came before
    /// were not read yet; null takes the watch away. It stays until then, or until this one is
    /// closed, and sees ends that come after this call, or before it and unseen.
    /// **Returns** false if this kind cannot tell. By default what stands below is watched.
    virtual bool watch_end(end_watch* watch) noexcept;

    /// What this one stands on: the transport under an encryption. Null at the bottom.
    [[nodiscard]] virtual transport* next_layer() noexcept;
    /// The descriptor that the bytes go through unchanged, for those who know what to do with it
    /// (sendfile, splice, getsockopt); -1 if there is none.
    [[nodiscard]] virtual int native_handle() const noexcept;
};

}  // namespace patio
