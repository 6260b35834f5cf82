// SPDX-License-Identifier: MIT
#pragma once

// Messages of HTTP/1.1 from bytes: requests for a server, answers for a client.

#include "failure.hpp"
#include "head.hpp"
#include "limits.hpp"

#include <patio/base/bytes.hpp>
#include <patio/base/config.hpp>

#include <cstdint>
#include <memory>
#include <string_view>

namespace patio::wire::http {

/// What a parser has come upon.
enum class event : std::uint8_t {
    need_more,  // all input is taken; call again with what comes next
    interim,    // head() of a 1xx other than 101; the answer itself is still to come
    head,       // head() is complete
    body,       // body() is the next piece of it, never empty
    trailers,   // trailers() are complete; only if there are any
    end,        // the message is complete
    upgraded,   // what is left of the input, and all that comes, is of another protocol
    closed,     // no message comes any more; input that is left is to be thrown away
    failed,     // failure() says why; nothing can be read any more
};

class message_parser;

/// Reads requests, one after the other, from pieces of input of any size.
///
/// ```
/// patio::byte_view input = …;
/// switch (parser.next(input)) { … }
/// ```
///
/// Each call takes bytes off the front of `input` until there is something to tell. What is told
/// does not depend on how the input was cut, except that a body may come in other pieces. Behind
/// `end` the next request begins in what is left of the input: who does not want to be handed
/// requests faster than he answers them calls `next` when he has answered.
///
/// A request with `Connection: close`, or of HTTP/1.0 without keep-alive, is the last one: behind
/// its end comes `closed`.
///
/// **Use** `switch_protocol` behind the end of a request that CONNECT or Upgrade was answered for.
/// **Borrows** `body()` is a part of the input. head() and trailers() are in memory of the parser
/// and stay until the call of `next` behind `end`; that of an interim answer until the next call.
/// **Fails** by the event `failed`, for what RFC 9110 and 9112 do not allow, and for what they
/// allow to be mended: nothing is mended. What is read is what llhttp, the parser of Node.js,
/// reads: it is the second reader of all that tests and fuzzers give to this one.
/// **Cost** a head is copied once; no allocation once the memory for heads has grown.
class PATIO_EXPORT request_parser {
public:
    explicit request_parser(const limits& bounds = {});
    request_parser(request_parser&& other) noexcept;
    request_parser& operator=(request_parser&& other) noexcept;
    ~request_parser();

    [[nodiscard("the input may not be used up")]] event next(byte_view& input);
    /// Says that nothing comes behind the input that `next` was given or is given from here on.
    /// In the middle of a message `next` says `failed` then instead of `need_more`, and otherwise
    /// `closed`.
    void finish() noexcept;
    /// Makes `next` say `upgraded`. Only between messages.
    void switch_protocol() noexcept;
    /// Whether nothing of a message has been read: the connection may be closed without loss.
    [[nodiscard]] bool is_idle() const noexcept;

    [[nodiscard]] const request_head& head() const noexcept;
    [[nodiscard]] byte_view body() const noexcept;
    [[nodiscard]] fields trailers() const noexcept;
    [[nodiscard]] const http::failure& failure() const noexcept;

private:
    std::unique_ptr<message_parser> parser_;
};

/// Reads the answers to requests.
///
/// `begin` says which request the next answer belongs to, before the first byte of it is given to
/// `next`: the length of an answer depends on it. Several interim answers may come first. The
/// answer to a CONNECT that succeeds, and a 101, end with `upgraded` in place of `end`.
///
/// **Borrows**, **Fails**, **Cost** as request_parser.
class PATIO_EXPORT response_parser {
public:
    explicit response_parser(const limits& bounds = {});
    response_parser(response_parser&& other) noexcept;
    response_parser& operator=(response_parser&& other) noexcept;
    ~response_parser();

    /// Only between messages.
    void begin(const asked& request) noexcept;
    [[nodiscard("the input may not be used up")]] event next(byte_view& input);
    /// Says that nothing comes behind the input that `next` was given or is given from here on.
    /// That is the end of a body that ends with its connection; otherwise as with requests.
    void finish() noexcept;
    /// Whether nothing of an answer has been read, not even an interim one: the request may be sent
    /// again elsewhere if it is one that may be repeated.
    [[nodiscard]] bool is_idle() const noexcept;

    [[nodiscard]] const response_head& head() const noexcept;
    [[nodiscard]] byte_view body() const noexcept;
    [[nodiscard]] fields trailers() const noexcept;
    [[nodiscard]] const http::failure& failure() const noexcept;

private:
    std::unique_ptr<message_parser> parser_;
};

}  // namespace patio::wire::http
