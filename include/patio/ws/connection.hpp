// SPDX-License-Identifier: MIT
#pragma once

// An open WebSocket connection.

#include <patio/base/bytes.hpp>
#include <patio/base/config.hpp>
#include <patio/base/duration.hpp>
#include <patio/core/async.hpp>
#include <patio/core/stream.hpp>
#include <patio/ws/connection_closed.hpp>
#include <patio/ws/connection_options.hpp>
#include <patio/ws/message.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace patio::ws {

class connection;

namespace detail {
class connection_state;
class outgoing_message;
struct agreement;
/// What the two sides of the opening handshake end with.
[[nodiscard]] PATIO_EXPORT connection make_connection(stream upgraded, agreement agreed,
                                                      const connection_options& options);
}  // namespace detail

/// A message that is sent as it is made, part by part: what `connection::begin_message` gives.
///
/// Others who send wait until it has ended; pings and pongs go between its parts.
///
/// **Owns** its place in the line of senders. One that dies without `end()` aborts the connection,
/// if any part was sent: the peer must not take a part for the whole.
/// **Threads** those of its connection.
class PATIO_EXPORT message_writer {
public:
    using loop_affine = void;

    message_writer(message_writer&&) noexcept = default;
    message_writer& operator=(message_writer&& other) noexcept;
    ~message_writer();

    /// Sends a part, as a frame of its own; a text may be cut anywhere. Where messages are
    /// compressed, parts are sent as the compressor gives them.
    /// **Suspends** while the peer is slower. **Borrows** the bytes until it returns.
    /// **Fails** with connection_closed; with `errc::malformed` for a text that is not UTF-8; with
    /// usage_error while another task writes, and after the end. The message cannot go on then.
    /// **Cancel** the message cannot go on, so the connection is aborted.
    async<> write(byte_view part);
    /// Ends the message. **Fails** and **Cancel** as `write`.
    async<> end();

private:
    friend class connection;
    explicit message_writer(std::shared_ptr<detail::outgoing_message> state) noexcept;
    static async<message_writer> begin(std::shared_ptr<detail::connection_state> on,
                                       message_kind kind);

    std::shared_ptr<detail::outgoing_message> state_;  // shared with what its calls have begun
};

/// An open WebSocket connection: messages come in, messages go out.
///
/// ```
/// while (auto message = co_await peer.receive()) co_await peer.send(std::move(*message));
/// ```
///
/// **Receiving drives it.** Nothing runs behind the program's back: while a task waits in
/// `receive`, pings are answered, pongs are noticed, the peer's Close frame is answered, and the
/// peer is asked for a sign of life if it has said nothing for `ping_interval`. So a program that
/// only sends has a task that receives too: `while (auto unwanted = co_await peer.receive()) {}`.
/// Where nobody receives, none of that happens, the peer is slowed down by back-pressure, and a
/// peer that is gone is noticed as late as TCP does. Time in which nobody receives does not count
/// as the peer's silence.
///
/// One task receives; a second one at the same time fails with usage_error. Any number of tasks may
/// send, in the order in which they came.
///
/// **Owns** the stream under it. The destructor aborts it at once; the orderly end is `close()`.
/// Operations that have begun may outlive the object and fail.
/// **Fails** every operation: with `connection_closed`, once the connection has ended.
/// **Threads** those of its loop.
/// **Cost** about 700 bytes, a buffer of 4 to 64 KiB once it has read, and what compression needs
/// (see deflate_options).
/// **Source** RFC 6455 and 7692; the manner is that of Python's websockets.
class PATIO_EXPORT connection {
public:
    using loop_affine = void;

    connection(connection&&) noexcept = default;
    connection& operator=(connection&& other) noexcept;
    ~connection();

    // --- receiving

    /// Receives a message. **Returns** empty once the peer's Close frame has come, and has been
    /// answered: `close_code()` says why.
    /// **Fails** with connection_closed if there was no Close frame, if the peer broke the protocol
    /// or a limit (it is told, then), or if it did not answer a ping.
    /// **Cancel** nothing is lost: what has come of a message is kept.
    [[nodiscard("messages are lost if nobody looks at them")]] async<std::optional<message>>
    receive();
    /// Receives what there is of a message, for those that are too long to be held: 64 KiB at
    /// most, and a little. The peer waits while nobody asks for the next piece.
    /// **Fails** and **Cancel** as `receive`, which must not be called between two pieces of a
    /// message. The message's limit counts here too: raise `message_bytes_max`.
    [[nodiscard("pieces are lost if nobody looks at them")]] async<std::optional<message_piece>>
    receive_piece();

    // --- sending

    /// Sends a message. **Suspends** while others send, and while the peer is slower: it returns
    /// when the kernel has taken all.
    /// **Fails** with `errc::malformed` if a text is not UTF-8; nothing is sent then.
    /// **Cancel** before its first byte is sent, as while it waits for others, nothing has
    /// happened. Behind that the connection can only end: it is aborted.
    async<> send(message whole);
    /// Sends a text. **Borrows** the text until it returns, but for a temporary string, which it
    /// **owns**.
    async<> send(std::string_view text);
    PATIO_DETAIL_COROUTINE_WRAPPER async<> send(const char* text) {
        return send(std::string_view{text});
    }
    PATIO_DETAIL_COROUTINE_WRAPPER async<> send(const std::string& text) {
        return send(std::string_view{text});
    }
    PATIO_DETAIL_COROUTINE_WRAPPER async<> send(std::string&& text) {
        return send(message::text(std::move(text)));
    }
    /// Sends bytes. **Borrows** them until it returns.
    async<> send_binary(byte_view bytes);
    /// Begins a message whose parts are not there yet, when those have been sent that others have
    /// begun.
    ///
    /// ```
    /// auto out = co_await peer.begin_message(patio::ws::message_kind::binary);
    /// while (more()) co_await out.write(next());
    /// co_await out.end();
    /// ```
    ///
    /// **Cancel** nothing has happened.
    async<message_writer> begin_message(message_kind kind);

    /// Sends a ping and waits for its pong, which is noticed only while somebody receives.
    /// **Returns** how long that took. **Cancel** the pong is ignored.
    async<duration> ping();

    // --- the end

    /// Ends the connection in the orderly way: sends a Close frame behind the messages that are
    /// being sent, waits for the peer's, and for the end of the stream. Messages that still come
    /// are given to the task that receives, or dropped if there is none. Does nothing if the
    /// connection has ended.
    ///
    /// A message_writer is not waited for: its message is cut.
    ///
    /// The reason is cut to 123 bytes, between characters.
    ///
    /// **Suspends** for `close_timeout` at most; then the connection is aborted, which is no
    /// failure. **Fails** with usage_error for a code that must not be sent.
    /// **Cancel** the connection is aborted.
    async<> close(ws::close_code code = ws::close_code::normal, std::string reason = {});
    /// Ends it at once; the peer sees an end without a Close frame.
    void abort() noexcept;

    /// Whether messages can be sent: nobody has said goodbye, and nothing has failed as far as one
    /// knows.
    [[nodiscard]] bool is_open() const noexcept;
    /// What the peer's Close frame has said; if there was none, what this side has failed the
    /// connection with; `abnormal` if there is neither, also as long as it is open.
    [[nodiscard]] ws::close_code close_code() const noexcept;
    /// The text in the same frame; for people. Good as long as the connection.
    [[nodiscard]] const std::string& close_reason() const noexcept;

    // --- what was agreed on

    /// The subprotocol, or an empty text.
    [[nodiscard]] const std::string& subprotocol() const noexcept;
    /// Whether messages may be compressed.
    [[nodiscard]] bool is_compressed() const noexcept;

private:
    friend connection detail::make_connection(stream, detail::agreement, const connection_options&);
    explicit connection(std::shared_ptr<detail::connection_state> state) noexcept;

    [[nodiscard]] const std::shared_ptr<detail::connection_state>& state() const noexcept;

    // Shared with what its operations have begun, which may outlive it.
    std::shared_ptr<detail::connection_state> state_;
};

}  // namespace patio::ws
