namespace Slimta.Smtp.Server;

/// <summary>The replies that the server gives without asking the handler.</summary>
internal static class Replies
{
    public static readonly SmtpReply Ok = new(250, "2.0.0", "Ok");
    public static readonly SmtpReply Bye = new(221, "2.0.0", "Bye");
    public static readonly SmtpReply CannotVerify = new(252, "2.0.0", "Cannot VRFY user, but will accept message and attempt delivery");
    public static readonly SmtpReply StartMail = new(354, null, "End data with <CR><LF>.<CR><LF>");
    public static readonly SmtpReply StartTls = new(220, "2.0.0", "Ready for TLS");
    public static readonly SmtpReply Authenticated = new(235, "2.7.0", "Authenticated");
    public static readonly SmtpReply Chunk = new(250, "2.0.0", "Ok");

    public static readonly SmtpReply TimedOut = new(421, "4.4.2", "Timed out; closing");
    public static readonly SmtpReply Stopping = new(421, "4.3.2", "The server is stopping; try again later");
    public static readonly SmtpReply Busy = new(421, "4.3.2", "Too many connections; try again later");
    public static readonly SmtpReply BusyAddress = new(421, "4.7.0", "Too many connections from your address; try again later");
    public static readonly SmtpReply TooManyErrors = new(421, "4.7.0", "Too many errors; closing");
    public static readonly SmtpReply TooManyCommands = new(421, "4.7.0", "Too many commands; closing");
    public static readonly SmtpReply InternalError = new(451, "4.3.0", "Local error in processing; try again later");
    public static readonly SmtpReply LoginLater = new(454, "4.7.0", "Temporary authentication failure; try again later");
    public static readonly SmtpReply TooManyRecipients = new(452, "4.5.3", "Too many recipients; send the rest in another message");

    public static readonly SmtpReply Unknown = new(500, "5.5.1", "Command not recognized");
    public static readonly SmtpReply LineTooLong = new(500, "5.5.6", "Line too long; closing");
    public static readonly SmtpReply BadLine = new(500, "5.5.2", "Bare CR or LF, or a control character, in command; closing");
    public static readonly SmtpReply BadArgument = new(501, "5.5.4", "Syntax error in argument");
    public static readonly SmtpReply NoArgument = new(501, "5.5.4", "No argument allowed");
    public static readonly SmtpReply BadHelo = new(501, "5.5.4", "EHLO needs a domain or an address literal");
    public static readonly SmtpReply BadChunk = new(501, "5.5.4", "BDAT needs a size, and LAST on the last chunk; closing");
    public static readonly SmtpReply BadSender = new(501, "5.1.7", "Bad sender address syntax");
    public static readonly SmtpReply BadRecipient = new(501, "5.1.3", "Bad recipient address syntax");
    public static readonly SmtpReply NotImplemented = new(502, "5.5.1", "Command not implemented");
    public static readonly SmtpReply AlreadyTls = new(503, "5.5.1", "TLS already active");
    public static readonly SmtpReply AlreadyAuthenticated = new(503, "5.5.1", "Already authenticated");
    public static readonly SmtpReply BadMechanism = new(504, "5.5.4", "Unrecognized authentication type");
    public static readonly SmtpReply Cancelled = new(501, "5.7.0", "Authentication canceled");
    public static readonly SmtpReply BadBase64 = new(501, "5.5.2", "Invalid base64 or authentication response");
    public static readonly SmtpReply BadCredentials = new(535, "5.7.8", "Authentication credentials invalid");
    public static readonly SmtpReply TlsFirst = new(538, "5.7.11", "Must issue a STARTTLS command first");
    public static readonly SmtpReply TooLarge = new(552, "5.3.4", "Message size exceeds the limit");
    public static readonly SmtpReply NeedsUtf8 = new(553, "5.6.7", "This address needs SMTPUTF8");
    public static readonly SmtpReply BareLineEnd = new(554, "5.6.0", "Bare CR or LF in message; end lines with CRLF; closing");
    public static readonly SmtpReply BareLineEndInChunk = new(554, "5.6.0", "Bare CR or LF in message; end lines with CRLF");
    public static readonly SmtpReply ContentLineTooLong = new(554, "5.6.0", "Line too long in message");
    public static readonly SmtpReply TooEarly = new(554, "5.5.0", "Client sent data before the greeting; closing");
    public static readonly SmtpReply TooEarlyForTls = new(554, "5.5.1", "Data after STARTTLS; closing");
    public static readonly SmtpReply Foreign = new(554, "5.5.1", "Not an SMTP client; closing");
    public static readonly SmtpReply UnknownParameter = new(555, "5.5.4", "Parameter not recognized or not implemented");
}
