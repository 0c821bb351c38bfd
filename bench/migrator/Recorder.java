// Reads changelogs with Liquibase's own parser and prints what it makes of each, one line of JSON a folder: an array of
// changesets, or an object with the error. Started by record.ts: java -cp <jars of Liquibase> Recorder.java <list>
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.logging.LogManager;
import liquibase.ChecksumVersion;
import liquibase.Contexts;
import liquibase.LabelExpression;
import liquibase.Scope;
import liquibase.change.AbstractSQLChange;
import liquibase.change.Change;
import liquibase.changelog.ChangeLogParameters;
import liquibase.changelog.ChangeSet;
import liquibase.database.Database;
import liquibase.database.DatabaseFactory;
import liquibase.parser.ChangeLogParserFactory;
import liquibase.precondition.core.PreconditionContainer;
import liquibase.resource.DirectoryResourceAccessor;
import liquibase.statement.SqlStatement;
import liquibase.statement.core.RawSqlStatement;

public class Recorder {
  public static void main(String[] arguments) throws Exception {
    LogManager.getLogManager().reset();
    PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), true, "UTF-8");
    System.setOut(new PrintStream(OutputStream.nullOutputStream()));
    System.setErr(new PrintStream(OutputStream.nullOutputStream()));
    for (String line : Files.readAllLines(Paths.get(arguments[0]))) {
      String[] fields = line.split("\t", -1);
      DirectoryResourceAccessor files = new DirectoryResourceAccessor(new File(fields[0]));
      Map<String, Object> scope = Map.of(Scope.Attr.resourceAccessor.name(), files);
      out.println(Scope.child(scope, () -> read(fields[0], files, fields[1], fields[2], fields[3])));
    }
    System.exit(0);
  }

  /** Stands between statements, and in none. */
  private static final String BETWEEN = "\n\u0001\n";

  private static String read(
      String folder, DirectoryResourceAccessor files, String root, String contexts, String labels) throws Exception {
    Database database =
        DatabaseFactory.getInstance()
            .openDatabase("offline:postgresql?changeLogFile=" + folder + ".csv", null, null, null, files);
    try {
      ChangeLogParameters parameters = new ChangeLogParameters(database);
      parameters.setContexts(new Contexts(contexts));
      parameters.setLabels(new LabelExpression(labels));
      List<String> changesets = new ArrayList<>();
      Map<String, Object> scope = Map.of(Scope.Attr.database.name(), database);
      for (ChangeSet changeset :
          ChangeLogParserFactory.getInstance().getParser(root, files).parse(root, parameters, files).getChangeSets()) {
        changesets.add(Scope.child(scope, () -> described(changeset, database)));
      }
      return "[" + String.join(",", changesets) + "]";
    } catch (Throwable error) {
      return "{\"error\":" + text(error.getMessage()) + "}";
    } finally {
      database.close();
    }
  }

  /** The members that must agree, in the order of record.ts. */
  private static String described(ChangeSet changeset, Database database) {
    PreconditionContainer preconditions = changeset.getPreconditions();
    List<Object> members =
        Arrays.asList(
            changeset.getId(),
            changeset.getAuthor(),
            changeset.getFilePath(),
            changeset.generateCheckSum(ChecksumVersion.latest()),
            changeset.getDescription(),
            changeset.getComments(),
            changeset.buildFullContext(),
            changeset.buildFullLabels(),
            changeset.getDbmsSet() == null ? null : String.join(",", new TreeSet<>(changeset.getDbmsSet())),
            (changeset.isRunOnChange() ? "runOnChange " : "")
                + (changeset.isAlwaysRun() ? "runAlways " : "")
                + (changeset.isRunInTransaction() ? "" : "runInTransaction:false ")
                + (Boolean.FALSE.equals(changeset.getFailOnError()) ? "failOnError:false " : "")
                + (changeset.isIgnore() || changeset.isInheritableIgnore() ? "ignore " : ""),
            preconditions == null
                ? null
                : preconditions.getOnFail()
                    + " "
                    + preconditions.getOnError()
                    + " "
                    + preconditions.getNestedPreconditions().size(),
            statements(changeset.getChanges(), database),
            changeset.getRollback() == null ? "" : statements(changeset.getRollback().getChanges(), database));
    List<String> written = new ArrayList<>();
    for (Object member : members) written.add(text(member == null ? "" : member.toString()));
    return "[" + String.join(",", written) + "]";
  }

  /** What changes of SQL send to the database, a statement after the other. */
  private static String statements(List<Change> changes, Database database) {
    List<String> sent = new ArrayList<>();
    for (Change change : changes) {
      if (!(change instanceof AbstractSQLChange)) continue;
      try {
        for (SqlStatement statement : change.generateStatements(database)) sent.add(((RawSqlStatement) statement).getSql());
      } catch (RuntimeException error) {
        sent.add("cannot be split"); // its own parser of SQL fails on some characters
      }
    }
    return String.join(BETWEEN, sent);
  }

  private static String text(String value) {
    StringBuilder json = new StringBuilder("\"");
    for (char character : String.valueOf(value).toCharArray()) {
      if (character == '"' || character == '\\') json.append('\\').append(character);
      else if (character < 0x20 || character > 0x7e) json.append(String.format("\\u%04x", (int) character));
      else json.append(character);
    }
    return json.append('"').toString();
  }
}
