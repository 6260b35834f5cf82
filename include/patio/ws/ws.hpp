// SPDX-License-Identifier: MIT
#pragma once

// All of WebSocket. It is not in <patio/patio.hpp>: programs without it shall compile faster.

#include <patio/ws/accept.hpp>
#include <patio/ws/connect.hpp>
#include <patio/ws/connection.hpp>
#include <patio/ws/connection_closed.hpp>
#include <patio/ws/connection_options.hpp>
#include <patio/ws/handshake_options.hpp>
#include <patio/ws/message.hpp>
