// SPDX-License-Identifier: MIT
#pragma once

// Who has said goodbye, and what may be said after that.

#include "protocol.hpp"

#include <patio/base/config.hpp>

#include <cstdint>

namespace patio::wire::ws {

/// What the owner of a connection has to do next about its end.
enum class session_duty : std::uint8_t {
    none,             ///< it is open
    send_close,       ///< answer the peer's Close frame, with answer_code()
    await_close,      ///< read on until the peer's Close frame comes, for as long as one likes
    await_end,        ///< (client) read to the end of the stream, for as long as one likes
    close_transport,  ///< now
};

/// The closing handshake of one connection, from the point of view of one end.
///
/// It sends and reads nothing: it is told what was sent and what came, and says what may be sent
/// and what is to be done next.
///
/// **Source** RFC 6455 sections 5.5.1 to 5.5.3, 7.1 and 7.2.
class PATIO_EXPORT session {
public:
    explicit session(role self) noexcept : self_{self} {}

    /// Whether a message may begin: nobody has sent a Close frame, and nothing is broken.
    [[nodiscard]] bool may_begin_message() const noexcept;
    /// Whether the rest of a message may be sent. It may even behind the peer's Close frame, before
    /// it is answered (section 5.5.1).
    [[nodiscard]] bool may_continue_message() const noexcept;
    /// Whether a Ping may be sent.
    [[nodiscard]] bool may_ping() const noexcept { return may_begin_message(); }
    /// Whether a Pong may be sent; none is owed behind the peer's Close frame (section 5.5.2).
    [[nodiscard]] bool may_pong() const noexcept { return may_begin_message(); }
    /// Whether a Close frame may be sent: it is the first and the stream has not ended.
    [[nodiscard]] bool may_close() const noexcept;
    /// Whether what the peer sends is still read. Behind its Close frame, or after it broke the
    /// protocol, its bytes are dropped.
    [[nodiscard]] bool may_read() const noexcept;

    /// A Close frame with this code is sent; `none` for an empty one. The caller has asked
    /// may_close().
    void close_sent(close_code code);
    /// The peer's Close frame came; `none` if it was empty.
    void close_received(close_code code) noexcept;
    /// The peer broke the protocol or a limit. What is owed is a Close frame with `code`, if none
    /// was sent, and then the end: the peer's answer is not waited for (section 7.1.7).
    void failed(close_code code) noexcept;
    /// The stream has ended, or broke: whatever was still to be said is not.
    void ended() noexcept;

    [[nodiscard]] session_duty duty() const noexcept;
    /// What the Close frame that is owed says: what the peer has said, as section 5.5.1 has it, or
    /// why it failed.
    [[nodiscard]] close_code answer_code() const noexcept { return answer_code_; }

    /// How it ended, for the application (section 7.1.5): the code of the peer's Close frame,
    /// `none` if that was empty, `abnormal` if there was none.
    [[nodiscard]] close_code code() const noexcept { return received_code_; }
    /// Whether both have sent a Close frame and nothing was broken (section 7.1.4).
    [[nodiscard]] bool is_clean() const noexcept {
        return is_close_sent_ && is_close_received_ && !is_failed_;
    }

private:
    // Each turns true once and stays so.
    bool is_close_sent_ = false;
    bool is_close_received_ = false;
    bool is_failed_ = false;
    bool is_ended_ = false;
    role self_;
    close_code received_code_ = close_code::abnormal;
    close_code answer_code_ = close_code::none;
};

}  // namespace patio::wire::ws
