"""Commands that Debian's haproxy and this program are both sent, and where the answers differ on purpose."""

# Each is sent to both, in this order; what they change stays.
COMMANDS = """
show version
show cli level
show cli sockets
show backend
show env DYAD_TEST
show env NOBODY
show errors
show errors nobody
show errors -1
show errors www request
show servers conn
show servers conn app
show servers conn nobody
show servers state
show servers state app
show servers state nobody
show stat
show stat typed
show stat json
show stat -1 4 -1
show stat app 2 -1
show stat nobody 1 1
show stat up
show stat no-maint
show stat typed desc
show info
show info typed
show info json
show info desc
show info float
show schema json
show sess
show sess 0x1
show sess nonsense
show sess all
show sess help
show activity
show threads
show pools
show fd
show table
show resolvers
show peers
disable server
disable server app
disable server app/
disable server app/nobody
disable server nobody/a
disable server app/a
disable server app/a
enable server app/a
enable server #4/#1
disable health app/a
enable health app/a
enable health app/b
disable agent app/g
enable agent app/g
enable agent app/a
disable frontend
disable frontend nobody
disable frontend app
disable frontend tcp
disable frontend tcp
enable frontend tcp
enable frontend tcp
enable frontend nobody
get weight app/a
get weight app/nobody
get weight app
get weight
set weight app/a 20
set weight app/a 200%
set weight app/a 257
set weight app/a -1
set weight app/a x
set weight app/a
set weight app/a 10x
set weight app/nobody 1
set weight tunnel/a 50%
set weight tunnel/a 0%
set weight tunnel/a 100%
set maxconn
set maxconn frontend
set maxconn frontend nobody 10
set maxconn frontend www
set maxconn frontend www x
set maxconn frontend www -1
set maxconn frontend www 400
set maxconn server
set maxconn server app/a
set maxconn server app/a x
set maxconn server app/a -3
set maxconn server app/a 30
set maxconn global
set maxconn global x
set maxconn global 100000000
set maxconn global 450
set rate-limit
set rate-limit nonsense
set rate-limit connections
set rate-limit connections nonsense
set rate-limit connections global
set rate-limit connections global x
set rate-limit connections global -1
set rate-limit connections global 1000
set rate-limit sessions global 1000
set rate-limit ssl-sessions global 1000
set rate-limit http-compression global 1000
set rate-limit http-compression nonsense
set rate-limit connections global 0
set rate-limit sessions global 0
set rate-limit ssl-sessions global 0
set server
set server app
set server app/a
set server app/nobody state ready
set server nobody/a state ready
set server app/a nonsense
set server app/a state
set server app/a state nonsense
set server app/a state drain
set server app/a state maint
set server app/a state ready
set server app/a health
set server app/a health nonsense
set server app/a health stopping
set server app/a health down
set server app/a health up
set server app/b health up
set server app/t health up
set server app/t state drain
set server app/t state ready
set server app/a agent up
set server app/g agent nonsense
set server app/g agent down
set server app/g agent up
set server app/a weight 10
set server app/a weight
set server app/a weight x
set server app/a weight 300
set server app/a addr
set server app/a addr 127.0.0.1
set server app/a addr nonsense
set server app/a addr 127.0.0.2
set server app/a addr 127.0.0.1 port 80x
set server app/a addr 127.0.0.1 port
set server app/a addr 127.0.0.1 port 70000
set server app/a addr 127.0.0.1 port 0
set server app/a addr 127.0.0.1 port +1
set server app/a addr 127.0.0.1 port 8
set server app/a addr 127.0.0.1
set server app/a addr ::1 port 8
set server app/a addr 127.0.0.1 port 8
set server app/a check-port
set server app/a check-port x
set server app/a check-port 0
set server app/a check-port 70000
set server app/a check-port 81
set server app/b check-port 81
set server app/a check-addr
set server app/a check-addr nonsense
set server app/a check-addr 127.0.0.1
set server app/a check-addr 127.0.0.1 port 82
set server app/b check-addr 127.0.0.1
set server app/g agent-addr 127.0.0.1
set server app/g agent-addr nonsense
set server app/a agent-addr 127.0.0.1
set server app/g agent-port 83
set server app/g agent-port x
set server app/a agent-port 83
set server app/g agent-send hello
set server app/a agent-send hello
set server app/a fqdn
set server app/a fqdn example.org
set server app/a ssl
set server app/a ssl on
shutdown sessions server app/a
shutdown sessions server app/nobody
shutdown sessions server
shutdown session
shutdown session 0x12345
shutdown session nonsense
shutdown frontend
shutdown frontend nobody
shutdown frontend tcp
shutdown frontend tcp
enable frontend tcp
disable frontend tcp
clear counters
clear counters all
clear counters nonsense
set timeout
set timeout cli
set timeout cli x
set timeout cli 30
set timeout other 30
set severity-output
set severity-output nonsense
set severity-output number
set severity-output string; disable server nobody/a
show stat;show info
show version;show version
show version; bogus
bogus
bogus command
show
show nonsense
set
disable
help
help show
help set server
help nonsense
operator; show cli level
user; show cli level
user; disable server app/a
user; clear counters
user; show env DYAD_TEST
operator; clear counters
operator; clear counters all
operator; show env DYAD_TEST
operator; set weight app/a 3
operator; show sess
user; show sess
user; show info
user; show errors
user; operator
user; show activity
user; show fd
user; show cli sockets
user; set rate-limit connections global 1
user; show threads
user; show servers state
user; shutdown frontend www
user; get weight app/a
user; show pools
user; set timeout cli 30
user; set maxconn global 100
user; set severity-output number
quit
""".strip().splitlines()


# Where we answer otherwise, and why.
DIFFERENT = {
    # HAProxy takes what is no number, or cuts it off; nothing here is guessed.
    "set maxconn frontend www x": "Integer value expected.",
    "set maxconn server app/a -3": "Value out of range.",
    "set maxconn global x": "Expects an integer value.",
    "set rate-limit connections global x": "Expects an integer value.",
    "set server app/a addr 127.0.0.1 port 80x": "provided port is not an integer",
    "set server app/a addr 127.0.0.1 port": "provided port is not an integer",
    "set server app/a addr 127.0.0.1 port 70000": "provided port is not an integer",
    "set server app/a addr 127.0.0.1 port 0": "provided port is not an integer",
    "set server app/a check-port 0": "provided port is invalid",
    "set server app/a addr 127.0.0.1 port +1": "can't change <port> to port map by 'stats socket command'",
    # What it has changed by then is not changed here.
    "set server app/a addr 127.0.0.1 port 8": None,
    # What does not exist here is not limited either.
    "set rate-limit http-compression global 1000": "There is no compression in this version.",
}

# Answers about the inside of a program: only what begins them is compared.
INSIDE = ("show sess all", "show activity", "show threads", "show pools", "show fd", "show resolvers")
