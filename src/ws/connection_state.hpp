// SPDX-License-Identifier: MIT
#pragma once

// What a WebSocket connection and the operations on it share.

#include "wire_ws/deflate.hpp"
#include "wire_ws/deflate_agreement.hpp"
#include "wire_ws/frame_reader.hpp"
#include "wire_ws/frame_writer.hpp"
#include "wire_ws/session.hpp"

#include <patio/base/bytes.hpp>
#include <patio/base/duration.hpp>
#include <patio/core/async.hpp>
#include <patio/core/stream.hpp>
#include <patio/core/sync/event.hpp>
#include <patio/core/sync/semaphore.hpp>
#include <patio/ws/connection_closed.hpp>
#include <patio/ws/connection_options.hpp>
#include <patio/ws/message.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

namespace patio::ws::detail {

/// What the opening handshake has come to.
struct agreement {
    wire::ws::role self = wire::ws::role::server;
    std::string subprotocol;
    std::optional<wire::ws::deflate_agreement> compression;
};

/// Why nothing more can be done on a connection.
struct ending {
    std::error_code why;
    std::string what;  // what connection_closed says, behind what was being done
    ws::close_code code = ws::close_code::abnormal;
    std::string reason;
    ws::closed_by who = ws::closed_by::nobody;
};

/// One connection: the machines, and what waits for what.
///
/// Two locks order what goes out. `turn` is for messages: first come, first served, and held for a
/// whole message. `is_writing` is for frames: between those of a message control frames may go.
/// Those are kept as what they say until somebody can send them, and so they are bounded whatever
/// the peer does: the last pong, the last ping, one Close. Whoever writes a frame sends what is
/// owed along with it; whoever receives does it else, and goes on reading meanwhile.
///
/// Public operations are coroutines with a counted reference to this; the others borrow it.
class connection_state {
public:
    connection_state(stream upgraded, agreement agreed, const connection_options& options);
    connection_state(const connection_state&) = delete;
    connection_state& operator=(const connection_state&) = delete;

    using ref = std::shared_ptr<connection_state>;

    // --- receiving
    static async<std::optional<message>> receive(ref self);
    static async<std::optional<message_piece>> receive_piece(ref self);

    // --- sending
    static async<> send(ref self, message_kind kind, byte_view bytes);
    async<> write_frame(message_kind kind, byte_view payload, wire::ws::frame_position position,
                        wire::ws::payload_form form);
    static async<duration> ping(ref self);
    /// Throws if no message can begin.
    void check_open(const char* doing) const;
    [[nodiscard]] wire::ws::deflater& compressor();
    /// The next compressed message is one that refers to none before it.
    void forget_compressor() noexcept { deflater_.reset(); }

    // --- the end
    static async<> close(ref self, ws::close_code code, std::string reason);
    void abort() noexcept;
    /// A message cannot be ended: the connection can only end.
    void tear(const char* why) noexcept;

    [[nodiscard]] const agreement& agreed() const noexcept { return agreed_; }
    [[nodiscard]] const ending& end() const noexcept { return end_; }
    [[nodiscard]] bool has_ended() const noexcept { return is_over_; }
    [[nodiscard]] bool is_open() const noexcept {
        return session_.may_begin_message() && !is_output_broken_;
    }

    semaphore turn{1};
    semaphore_permit writer_turn;  // of a message_writer, so that the end can take it away

private:
    friend class reading_claim;
    friend class writing_claim;
    friend class control_flight;
    friend class compressing;

    enum class progress { needs_input, has_piece, has_message, is_closing };
    enum class reader { nobody, receiver, closer };

    // --- receiving (receiving.cpp)
    static async<bool> advance(connection_state& self, std::size_t piece_bytes);
    progress read_on(std::size_t piece_bytes);
    bool take(const wire::ws::event& event, progress& made, std::size_t piece_bytes);
    void take_pong(byte_view payload) noexcept;
    async<> await_closer();
    async<> fill();
    async<> read_more();
    [[nodiscard]] byte_span room();
    [[nodiscard]] time_point patience_ends() const noexcept;
    void lose_patience() noexcept;

    // --- sending (sending.cpp)
    [[nodiscard]] bool owes() const noexcept;
    bool encode_owed();
    void flush_now();
    async<> flush();
    async<> flush_quietly();
    async<> flush_briefly();
    async<> send_owed();
    async<> await_frame_end();
    async<> send_compressed(message_kind kind, byte_view bytes);
    void gather(byte_view payload);
    std::size_t write_at_once(byte_view bytes);
    async<> write_rest(byte_views parts, std::size_t& taken);
    async<> write_gathered(std::size_t& taken);
    async<> write_in_pieces(byte_view payload, std::size_t& taken);
    void note_output_failure(const std::system_error& failure) noexcept;

    // --- the end (closing.cpp)
    void note_end(ending end) noexcept;
    [[noreturn]] void throw_closed(const char* doing) const;
    /// The stream under it has ended or failed.
    void lose(std::error_code why, const char* what) noexcept;
    void finish() noexcept;
    void begin_limit() noexcept;
    void take_close(const wire::ws::event& event);
    void take_failure(const wire::ws::event& event);
    [[nodiscard]] bool has_said_goodbye() const noexcept;
    [[nodiscard]] bool must_settle() const noexcept;
    async<> settle();
    async<> end_stream();
    async<> drain();
    async<> say_close(ws::close_code code, std::string reason);
    async<> close_in_steps(ws::close_code code, std::string reason);
    async<> read_to_the_end();

    stream over_;
    agreement agreed_;
    connection_options options_;
    wire::ws::frame_reader reader_;
    wire::ws::frame_writer writer_;
    wire::ws::session session_;

    // Who reads; `reader_left_` says that this, or the end, has changed.
    reader reading_ = reader::nobody;
    event reader_left_;
    std::vector<std::byte> buffer_;  // what came last; empty until something is read
    byte_span unread_;               // of the buffer
    bool was_filled_ = false;        // the last read had more to give than there was room
    message partial_;                // the message, as far as it has come
    bool is_message_begun_ = false;
    bool is_message_ended_ = false;  // it is whole, but not delivered
    bool is_in_pieces_ = false;      // a part of it is delivered
    bool is_life_doubted_ = false;   // a ping was sent and nothing has come since
    duration waited_;                // for that, or for bytes to come

    // Who writes a frame; `frame_ended_` says that this has changed.
    bool is_writing_ = false;
    event frame_ended_;
    bool is_output_broken_ = false;
    std::vector<std::byte> control_;   // control frames that are on their way
    std::size_t control_sent_ = 0;     // of those bytes
    std::vector<std::byte> gathered_;  // a small frame, or a masked piece of a large one
    std::unique_ptr<wire::ws::deflater> deflater_;

    // What is owed.
    std::optional<std::vector<std::byte>> pong_;
    std::uint64_t ping_wanted_ = 0;  // pings have numbers
    std::uint64_t ping_sent_ = 0;
    std::uint64_t ping_answered_ = 0;
    event pong_came_;
    std::optional<wire::ws::control_frame> close_;

    time_point limit_ = time_point::never();  // of the closing handshake
    bool is_shut_down_ = false;
    bool is_over_ = false;
    bool has_end_ = false;
    ending end_;
};

/// One task at a time writes a frame.
class writing_claim {
public:
    explicit writing_claim(connection_state& of) noexcept : of_{of} { of_.is_writing_ = true; }
    writing_claim(const writing_claim&) = delete;
    writing_claim& operator=(const writing_claim&) = delete;
    ~writing_claim() {
        of_.is_writing_ = false;
        of_.frame_ended_.set();
    }

private:
    connection_state& of_;
};

}  // namespace patio::ws::detail
