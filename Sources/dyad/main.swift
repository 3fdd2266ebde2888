import Appliance
import Linux

Processes.exit(Program.run(arguments: CommandLine.arguments))
